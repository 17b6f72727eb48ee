/** Words of the command line of the browser host. Pure. */
import { parseArgs } from 'node:util';
import { toFileArguments } from './file-arguments.ts';

export interface BrowserOptions {
  readonly open: boolean;
  readonly port: number;
  readonly files: readonly string[];
}

/** Null for words that are no options of this program. */
export function parseOptions(words: readonly string[]): BrowserOptions | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { 'no-open': { type: 'boolean' }, port: { type: 'string' } },
    });
    const port = values.port ?? '0';
    if (!/^[0-9]{1,5}$/u.test(port) || Number(port) > 65_535) return null;
    return { open: values['no-open'] !== true, port: Number(port), files: toFileArguments(['--', ...positionals], process.cwd()) };
  } catch {
    return null;
  }
}
