import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AppError, type AppErrorData } from '../../../electron/ipc/errors.ts';
import { findTool } from '../../../electron/tools/find-tool.ts';
import { descriptorArgument, pathArgument, runOwnProgram, runTool, toolFailure } from '../../../electron/tools/run-tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-tool-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LIMIT_MS = 60_000;

/** Any script, by a program of the table that runs whatever it is given: prlimit(1). */
async function runScript(script: string, more: Partial<Parameters<typeof runTool>[0]> = {}): ReturnType<typeof runTool> {
  return runTool({ program: 'prlimit', args: ['/bin/sh', '-c', script], timeLimitMs: LIMIT_MS, ...more });
}

async function failureOf(work: Promise<unknown>): Promise<AppErrorData | string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.data : String(error)),
  );
}

describe('a tool', () => {
  test('is told by its status, its output and its errors', async () => {
    expect(await runScript('echo out; echo err >&2; exit 3')).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
    expect((await runScript('kill -SEGV $$')).status).toBe(139);
  });

  test('gets its words as they are, its input, and nothing of this environment', async () => {
    const args = ['/bin/sh', '-c', 'printf "%s|" "$@"; cat; env | sort | cut -d= -f1 | tr "\\n" " "', 'sh', '$(id)', "a'b\n", '--', '*'];
    const { stdout } = await runTool({ program: 'prlimit', args, timeLimitMs: LIMIT_MS, input: 'typed ' });
    const names = process.env['TMPDIR'] === undefined ? 'LC_ALL PATH PWD' : 'LC_ALL PATH PWD TMPDIR';
    expect(stdout).toBe(`$(id)|a'b\n|--|*|typed ${names} `);
  });

  test('has no new privileges, no dumps, its limit of memory, and a session of its own', async () => {
    const script = 'grep NoNewPrivs /proc/self/status; ulimit -c; ulimit -d; cut -d" " -f6 /proc/$$/stat; echo $$';
    const { stdout } = await runScript(script, { memoryBytes: 64 * 1024 * 1024 });
    const [privileges, core, data, session, pid] = stdout.trim().split('\n');
    expect([privileges, core, data]).toEqual(['NoNewPrivs:\t1', '0', '65536']);
    expect(session).toBe(pid);
  });

  test('of our own has the same', async () => {
    const script = join(folder, 'own.mjs');
    writeFileSync(
      script,
      `import { readFileSync } from 'node:fs';\nfor (const name of ['status', 'limits']) console.log(readFileSync('/proc/self/' + name, 'latin1'));`,
    );
    const { status, stdout } = await runOwnProgram({ node: process.execPath, script }, { args: [], timeLimitMs: LIMIT_MS });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^NoNewPrivs:\t1$/mu);
    expect(stdout).toMatch(/^Max data size +2147483648 /mu);
    expect(stdout).toMatch(/^Max core file size +0 /mu);
  });

  test('has the descriptors it was given and no other of this program', async () => {
    const path = join(folder, 'given');
    writeFileSync(path, 'content');
    const fd = openSync(path, 'r');
    try {
      const { stdout } = await runScript(`cat ${descriptorArgument(0)}; for fd in /proc/$$/fd/*; do readlink $fd; done`, {
        descriptors: [fd],
      });
      const links = stdout.slice('content'.length).trim().split('\n');
      const files = links.filter((link) => link.startsWith('/') && link !== '/dev/null' && !link.startsWith('/proc/'));
      expect([stdout.startsWith('content'), files]).toEqual([true, [path]]);
    } finally {
      closeSync(fd);
    }
  });

  test('writes to a descriptor in place of its output', async () => {
    const path = join(folder, 'written');
    const fd = openSync(path, 'w');
    const { stdout } = await runScript('echo to the file', { stdout: fd }).finally(() => closeSync(fd));
    expect([stdout, readFileSync(path, 'utf8')]).toEqual(['', 'to the file\n']);
  });

  test('is heard while it runs, and ends when told, with all that it started', async () => {
    const abort = new AbortController();
    const started: number[] = [];
    const run = runScript('sleep 1000 & echo $! $$; wait', {
      signal: abort.signal,
      onStdout: (chunk) => {
        started.push(...chunk.toString().trim().split(' ').map(Number));
        abort.abort();
      },
    });
    expect(await failureOf(run)).toMatchObject({ code: 'CANCELLED' });
    expect(started.map((pid) => isAlive(pid))).toEqual([false, false]);
  });

  test('is not begun when it was called off before', async () => {
    const mark = join(folder, 'begun');
    expect(await failureOf(runScript(`touch ${mark}`, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'CANCELLED' });
    expect(existsSync(mark)).toBe(false);
  });

  test('is stopped when it takes too long, also one that does not listen', async () => {
    const run = runScript('trap "" TERM; while :; do sleep 1000; done', { timeLimitMs: 200 });
    expect(await failureOf(run)).toMatchObject({ code: 'TOOL_TIMEOUT', tool: { program: 'prlimit', package: 'util-linux' } });
  });

  test('that says more than anybody reads costs no memory', async () => {
    const { stdout, stderr } = await runScript('head -c 30000000 /dev/zero; head -c 3000000 /dev/zero >&2; echo last >&2');
    expect(stdout.length).toBeLessThan(9_000_000);
    expect([stderr.length < 200_000, stderr.endsWith('last\n')]).toEqual([true, true]);
  });

  test('leaves no descriptor behind', async () => {
    await runScript('true', { input: 'x' });
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 5; round += 1) await runScript('true', { input: 'x' });
    await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });
});

function isAlive(pid: number): boolean {
  try {
    // Ended but not yet waited for counts as ended.
    return !/^State:\t[ZX]/mu.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

describe('what is not there', () => {
  test('is told', async () => {
    const program = 'no-such-program' as 'e2fsck';
    expect(findTool(program)).toBeNull();
    expect(await failureOf(runTool({ program, args: [], timeLimitMs: LIMIT_MS }))).toMatchObject({
      code: 'TOOL_MISSING',
      tool: { program },
    });
  });

  test('what only administrators have in their PATH is found', () => {
    expect(findTool('prlimit', '')).toMatch(/^\/.*\/prlimit$/u);
  });

  test('a relative folder of the PATH is not looked into', () => {
    writeFileSync(join(folder, 'fatresize'), '#!/bin/sh\n', { mode: 0o755 });
    expect(findTool('fatresize', folder)).toBe(join(folder, 'fatresize'));
    expect(findTool('fatresize', '.:relative')).not.toBe('fatresize');
  });
});

test('only absolute paths become words of a command', () => {
  expect(pathArgument('/a/-b')).toBe('/a/-b');
  for (const path of ['-b', 'a', '', '/a\0b']) expect(() => pathArgument(path)).toThrow(TypeError);
});

test('a failure carries the last words', () => {
  const { data } = toolFailure('e2fsck', { status: 8, stdout: '', stderr: 'bad magic\n' });
  expect(data).toMatchObject({
    code: 'TOOL_FAILED',
    tool: { program: 'e2fsck', package: 'e2fsprogs' },
    details: 'e2fsck ended with 8\nbad magic',
  });
});
