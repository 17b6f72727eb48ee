/** Arguments as the bytes they are: Node decodes argv as UTF-8 and loses what is not. */
import { readFileSync } from 'node:fs';
import { fromFileNameBytes } from '../images/file-name-bytes.ts';

/** What was given on the command line after the program's name, with bytes that are not UTF-8 kept. */
export function readArguments(): readonly string[] {
  const decoded = process.argv.slice(2);
  if (decoded.length === 0 || !decoded.some((argument) => argument.includes('�'))) return decoded;
  const all = readFileSync('/proc/self/cmdline');
  const parts: Buffer[] = [];
  for (let start = 0; start < all.length;) {
    const end = all.indexOf(0, start);
    parts.push(all.subarray(start, end === -1 ? all.length : end));
    start = end === -1 ? all.length : end + 1;
  }
  return parts.slice(-decoded.length).map(fromFileNameBytes);
}
