/** Looks at a name that may be a file. */
import { realpathSync, statSync } from 'node:fs';
import { toFileNameBytes } from '../images/file-name-bytes.ts';
import type { NamedFile } from './device-names.ts';

/** What the name leads to, null when it leads nowhere this user can look. */
export function lookAtFile(name: string): NamedFile | null {
  const path = toFileNameBytes(name);
  if (path.length === 0 || path.includes(0)) return null;
  try {
    // The C library's realpath: Node's own reads the path as UTF-8.
    return { facts: statSync(path, { bigint: true }), path: realpathSync.native(path, { encoding: 'buffer' }) };
  } catch {
    return null;
  }
}
