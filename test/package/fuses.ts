/** Electron's fuses, read from its program as they are, and written for tests (electronjs.org/docs/latest/tutorial/fuses). */
import { readFileSync, writeFileSync } from 'node:fs';

/** Marks the place of the fuses: then their version, their number, and one character each. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

/** In the order of version 1. */
const names = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptionsEnvironmentVariable',
  'nodeCliInspectArguments',
  'embeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const;
type FuseName = (typeof names)[number];

function fusePlace(program: Buffer): number {
  const place = program.indexOf(SENTINEL);
  if (place === -1 || program.indexOf(SENTINEL, place + 1) !== -1) throw new Error('the fuses are not in the program, or twice');
  const wire = place + SENTINEL.length;
  if (program[wire] !== 1) throw new Error('fuses of an unknown version');
  return wire + 2;
}

/** True: on. */
export function readFuses(path: string): Readonly<Record<FuseName, boolean>> {
  const program = readFileSync(path);
  const first = fusePlace(program);
  const isOn = (index: number): boolean => String.fromCharCode(program[first + index] ?? 0) === '1';
  return Object.fromEntries(names.map((name, index) => [name, isOn(index)])) as Record<FuseName, boolean>;
}

/** Writes a copy of the program with one fuse on, as Playwright needs to look into the main process. */
export function copyWithFuse(from: string, to: string, fuse: FuseName): void {
  const program = readFileSync(from);
  program[fusePlace(program) + names.indexOf(fuse)] = '1'.charCodeAt(0);
  writeFileSync(to, program, { mode: 0o755 });
}
