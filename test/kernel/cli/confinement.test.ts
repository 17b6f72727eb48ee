/**
 * What DESIGN.md demands of every program that works on an image: no new privileges, a limit of memory, no dumps, ends with the program. Each
 * tool of the system has a script in its place that notes what the kernel says of its process, and then becomes that tool.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { runFileWork } from '../../../electron/maintenance/file-worker.ts';
import { findTool } from '../../../electron/tools/find-tool.ts';
import { toolPackages, type ToolName } from '../../../electron/tools/tool-packages.ts';
import { platter, platterScript } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-confined-'));
afterAll(() => rmSync(folder, { recursive: true }));

const programs = join(folder, 'programs');
const log = join(folder, 'log');
/** Which tool waits for ever instead. */
const held = join(folder, 'held');

/** These two restrict the others. */
const restricting: readonly string[] = ['setpriv', 'prlimit'];

mkdirSync(programs);
for (const program of Object.keys(toolPackages) as ToolName[]) {
  const real = findTool(program);
  if (real === null || restricting.includes(program)) continue;
  // $$ is the process that becomes the tool.
  const script = `#!/bin/sh
privileges=$(/bin/sed -n 's/^NoNewPrivs:.//p' /proc/$$/status)
limits=$(/bin/sed -nE 's/^Max (data|core file) size +([^ ]+) .*/\\2/p' /proc/$$/limits | tr '\\n' ' ')
echo "${program} $privileges $limits$$" >> ${log}
if [ "$(cat ${held} 2>/dev/null)" = ${program} ]; then exec sleep 100000; fi
exec ${real} "$@"
`;
  writeFileSync(join(programs, program), script, { mode: 0o755 });
}
const environment = { PATH: `${programs}:${process.env['PATH']}` };

interface Noted {
  readonly program: string;
  readonly privileges: string;
  readonly memoryBytes: string;
  readonly dumpBytes: string;
  readonly pid: number;
}

/** Since the last time. */
function takeNotes(): readonly Noted[] {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  rmSync(log);
  return lines.map((line) => {
    const [program = '', privileges = '', data = '', core = '', pid = ''] = line.split(' ');
    return { program, privileges, memoryBytes: data, dumpBytes: core, pid: Number(pid) };
  });
}

/** Runs the command and tells which tools it ran, all of them confined. */
function confined(...words: readonly string[]): readonly string[] {
  const { status, stderr } = platter(words, { cwd: folder, environment });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const notes = takeNotes();
  for (const { program, privileges, memoryBytes, dumpBytes } of notes) {
    expect({ program, privileges, isLimited: /^[1-9][0-9]*$/u.test(memoryBytes), dumpBytes }).toEqual({
      program,
      privileges: '1',
      isLimited: true,
      dumpBytes: '0',
    });
  }
  return [...new Set(notes.map(({ program }) => program))].toSorted();
}

test('every tool of creating, checking and resizing is confined', () => {
  expect(confined('create', 'disk.img', '-s', '64M', '-t', 'ext4', '-q')).toContain('mke2fs');
  expect(confined('check', 'disk.img')).toEqual(['e2fsck']);
  const resizing = ['dumpe2fs', 'e2fsck', 'e2image', 'resize2fs'];
  expect(confined('resize', 'disk.img', '--by=-16M', '-q')).toEqual(resizing);
  expect(confined('resize', 'disk.img', '--by', '32M', '--reserve', '-q')).toEqual([...resizing, 'fallocate'].toSorted());
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'text'), 'text');
  expect(confined('create', 'files.squashfs', '-d', 'files', '-f', 'squashfs', '-q')).toContain('mksquashfs');
  expect(confined('convert', 'files.squashfs', 'files.qcow2', '-t', 'qcow2', '-q')).toContain('qemu-img');
});

test('a tool ends with the program, also with one that is killed', async () => {
  writeFileSync(join(folder, 'big.img'), '');
  truncateSync(join(folder, 'big.img'), 64 << 20);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', join(folder, 'big.img')]);
  writeFileSync(held, 'e2fsck');
  const words = [platterScript, 'resize', 'big.img', '--by=-8M', '-q'];
  const child = spawn(process.execPath, words, { cwd: folder, env: { ...process.env, ...environment }, stdio: 'ignore' });
  const tool = await found(() => takeNotesIfAny().find(({ program }) => program === 'e2fsck'));
  await found(() => (commandOf(tool.pid).startsWith('sleep') ? true : undefined));
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  rmSync(held);
  await found(() => (commandOf(tool.pid) === '' ? true : undefined));
});

test('the worker that reads whole files is confined too', async () => {
  const path = join(folder, 'large');
  writeFileSync(path, '');
  truncateSync(path, 2 ** 42);
  const abort = new AbortController();
  const file = await open(path, 'r');
  const work = runFileWork({ kind: 'hash', sizeBytes: String(2 ** 42), algorithms: ['sha256'] }, [file.fd], { signal: abort.signal });
  const outcome = work.catch((error: unknown) => error);
  // Not while setpriv and prlimit, which run the worker, are still at their own work: their command lines name it too.
  const pid = await found(() => children().find((one) => /^\S*node\S* .*file-worker/u.test(commandOf(one))));
  const limits = readFileSync(`/proc/${pid}/limits`, 'latin1');
  expect(readFileSync(`/proc/${pid}/status`, 'latin1')).toMatch(/^NoNewPrivs:\t1$/mu);
  expect(limits).toMatch(/^Max data size +[0-9]+ /mu);
  expect(limits).toMatch(/^Max core file size +0 /mu);
  abort.abort();
  expect(await outcome).toMatchObject({ data: { code: 'CANCELLED' } });
  await file.close();
});

function takeNotesIfAny(): readonly Noted[] {
  try {
    return takeNotes();
  } catch {
    return [];
  }
}

/** Empty where it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function children(): readonly number[] {
  const isChild = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/status`, 'latin1').includes(`PPid:\t${process.pid}\n`);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/u.test(name) && isChild(name))
    .map(Number);
}

/** Asks until there is an answer; the limit of the test is for hangs. */
async function found<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const answer = look();
    if (answer !== undefined) return answer;
    await setTimeout(10);
  }
}
