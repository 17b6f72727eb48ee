/** Words of the command line of the browser host. Pure. */
import { parseArgs } from 'node:util';
import { toFileArguments, workingFolder } from './file-arguments.ts';

export interface BrowserOptions {
  readonly open: boolean;
  /** Begin with the dialog of a new image. */
  readonly newImage: boolean;
  readonly port: number;
  readonly files: readonly string[];
}

/** Null for words that are no options of this program. */
export function parseOptions(words: readonly string[]): BrowserOptions | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { 'no-open': { type: 'boolean' }, 'new-image': { type: 'boolean' }, port: { type: 'string' } },
    });
    const port = values.port ?? '0';
    if (!/^[0-9]{1,5}$/u.test(port) || Number(port) > 65_535) return null;
    const files = toFileArguments(['--', ...positionals], workingFolder());
    return { open: values['no-open'] !== true, newImage: values['new-image'] === true, port: Number(port), files };
  } catch {
    return null;
  }
}
