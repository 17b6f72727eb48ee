/** Runs the built command line and the installed losetup as processes, with arguments that are bytes. */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectNode } from '../../../build/bootstrap.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** The product's own file; the runner builds it before the suites. */
export const platterScript = join(root, 'dist/cli/platter.js');

export interface Outcome {
  readonly status: number | null;
  /** Bytes as latin1, so that a difference in one byte is a difference in one character. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Runs without root's rights. */
  readonly asNobody?: boolean;
  /** Another copy of the program, for a user who cannot reach the checkout. */
  readonly program?: readonly string[];
}

export type Argument = string | Buffer;

const NOBODY = 65_534;

/** A word for bash that stands for exactly these bytes; Node itself can pass only text. */
function quote(argument: Argument): string {
  return `$'${[...Buffer.from(argument)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;
}

function run(program: readonly string[], arguments_: readonly Argument[], options: RunOptions): Outcome {
  const { asNobody = false, cwd = '/', environment = {} } = options;
  const needsShell = arguments_.some((argument) => typeof argument !== 'string');
  const words = [...program, ...arguments_];
  const [command = '', ...rest] = needsShell ? ['/bin/bash', '-c', `exec ${words.map(quote).join(' ')}`] : words.map(String);
  const { status, stdout, stderr, error } = spawnSync(command, rest, {
    cwd,
    // No library: not that of whoever runs the tests, and nothing left behind. A test of the library names one.
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', XDG_CONFIG_HOME: '/dev/null/none', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    ...(asNobody ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  if (error !== undefined) throw error;
  return { status, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') };
}

export function platter(arguments_: readonly Argument[], options: RunOptions = {}): Outcome {
  accessSync(platterScript);
  return run(options.program ?? [projectNode, platterScript], arguments_, options);
}

export function losetup(arguments_: readonly Argument[], options: RunOptions = {}): Outcome {
  return run(['losetup'], arguments_, options);
}

/** What a script sees of both programs for the same arguments. */
export function both(arguments_: readonly Argument[], options: RunOptions = {}): { readonly ours: Outcome; readonly theirs: Outcome } {
  return { theirs: losetup(arguments_, options), ours: platter(['losetup', ...arguments_], options) };
}

/** Runs the program as another user would have it installed, in a folder that everybody can read. */
export function installForEverybody(folder: string): readonly string[] {
  chmodSync(folder, 0o755);
  const target = join(folder, 'program');
  // Where the helper of a checkout is looked for.
  const node = join(target, 'node_modules/node/bin/node');
  if (!existsSync(target)) {
    mkdirSync(join(target, 'node_modules'), { recursive: true });
    for (const name of ['cli', 'helper']) cpSync(join(root, 'dist', name), join(target, 'dist', name), { recursive: true });
    for (const name of ['koffi', '@koromix']) {
      const from = join(root, 'node_modules', name);
      if (existsSync(from)) cpSync(from, join(target, 'node_modules', name), { recursive: true });
    }
    mkdirSync(dirname(node), { recursive: true });
    cpSync(process.execPath, node, { dereference: true });
    chmodSync(node, 0o755);
  }
  return [node, join(target, 'dist/cli/platter.js')];
}

/** Names that break programs which take file names for text or for words. */
export const hostileNames: readonly (readonly [string, Buffer])[] = [
  ['a space', Buffer.from('b c.img')],
  ['a newline', Buffer.from('n\nl.img')],
  ['a tab and a carriage return', Buffer.from('t\there\r.img')],
  ['quotes and a backslash', Buffer.from('q"u\'o\\te.img')],
  ['a backslash and x', Buffer.from('x\\x41.img')],
  ['bytes that are not UTF-8', Buffer.from('bad\xff\xfe.img', 'latin1')],
  ['a cut UTF-8 character', Buffer.from('cut\xe6\x97.img', 'latin1')],
  ['marks from right to left', Buffer.from('rtl\u200f\u202egmi.img')],
  ['wide characters', Buffer.from('日本語.img')],
  ['a combining accent', Buffer.from('e\u0301.img')],
  ['an emoji', Buffer.from('🙂.img')],
  ['a soft hyphen and a C1 control', Buffer.from('\u00adshy\u009b.img')],
  ['an escape sequence', Buffer.from('\u001b[31mred\u0007.img')],
  ['a trailing newline', Buffer.from('end\n')],
  ['an ending like that of deleted files', Buffer.from('x (deleted)')],
  ['255 bytes', Buffer.from('L'.repeat(255))],
];
