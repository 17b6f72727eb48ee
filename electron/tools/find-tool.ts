/** Finds the system's programs: in the PATH, and where Debian keeps those of administrators. Main process and command line. */
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ToolName } from './tool-packages.ts';

/** Always looked into: an ordinary user's PATH has no sbin. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The absolute path of a program, or null where it is not installed. Relative folders of the PATH do not count. */
export function findTool(program: ToolName, path: string = process.env['PATH'] ?? ''): string | null {
  const folders = new Set([...path.split(':').filter(isAbsolute), ...SYSTEM_FOLDERS]);
  for (const folder of folders) {
    const candidate = join(folder, program);
    if (isProgram(candidate)) return candidate;
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
