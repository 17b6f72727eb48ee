/** SECURITY.md (e) rows 62, 64, 66 and 69, with a pkcheck that answers as the test says. */
import { describe, expect, test } from 'vitest';
import {
  createAuthorizer,
  pkcheckParameters,
  QUIET_LIMIT_MS,
  type AuthorizerOptions,
} from '../../../native-helper/authorization/authorizer.ts';
import { runPkcheck, type PkcheckEnd } from '../../../native-helper/authorization/pkcheck.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';

const prompt = { device: 3, fileName: 'disk.img' };
const main = { uid: 1000, mainPid: 4242, mainStartTime: 777n, isMainAlive: () => true };
const exited = (status: number): PkcheckEnd => ({ kind: 'exited', status });
const never = new AbortController().signal;

/** The code with which the check fails, or `granted`; and what was run. */
async function check(ends: readonly PkcheckEnd[], changes: Partial<AuthorizerOptions> = {}) {
  const runs: { parameters: readonly string[]; timeoutMs: number | null }[] = [];
  const authorizer = createAuthorizer({
    ...main,
    run: async (parameters, { timeoutMs }) => {
      runs.push({ parameters, timeoutMs });
      return ends[runs.length - 1] ?? exited(0);
    },
    ...changes,
  });
  return { code: await codeOf(authorizer.check('loop-setup', prompt, never)), runs };
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  try {
    await result;
    return 'granted';
  } catch (error) {
    if (error instanceof HelperError) return error.code;
    throw error;
  }
}

describe('the subject of every question', () => {
  test('is the main process with start time and user, never the helper', async () => {
    const { runs } = await check([exited(2), exited(0)]);
    expect(runs.map(({ parameters }) => parameters.slice(2, 4))).toEqual([
      ['--process', '4242,777,1000'],
      ['--process', '4242,777,1000'],
    ]);
  });

  test.each([
    ['root', { uid: -1 }],
    ['an overflowing user', { uid: 2 ** 31 }],
    ['no number', { uid: Number.NaN }],
    ['the helper itself', { mainPid: process.pid }],
    ['process 0', { mainPid: 0 }],
    ['a process that never started', { mainStartTime: 0n }],
  ])('is refused when it is %s', (_name, changes) => {
    expect(() => createAuthorizer({ ...main, ...changes })).toThrow(RangeError);
  });
});

test('asks without a person first, and with one only when that is needed', async () => {
  const quiet = await check([exited(0)]);
  expect(quiet.code).toBe('granted');
  expect(quiet.runs).toEqual([
    { parameters: expect.not.arrayContaining(['--allow-user-interaction']) as unknown, timeoutMs: QUIET_LIMIT_MS },
  ]);
  const asked = await check([exited(2), exited(0)]);
  expect(asked.runs[1]?.parameters).toContain('--allow-user-interaction');
  expect(asked.runs[1]?.timeoutMs).toBeNull();
});

test.each([
  [[exited(0)], 'granted'],
  [[exited(1)], 'NOT_AUTHORIZED'],
  [[exited(3)], 'AUTHORIZATION_DISMISSED'],
  [[exited(126)], 'AUTHORIZATION_UNAVAILABLE'],
  [[exited(127)], 'AUTHORIZATION_UNAVAILABLE'],
  [[exited(4)], 'AUTHORIZATION_UNAVAILABLE'],
  [[{ kind: 'killed' }], 'AUTHORIZATION_UNAVAILABLE'],
  [[{ kind: 'not-started' }], 'AUTHORIZATION_UNAVAILABLE'],
  [[exited(2), exited(0)], 'granted'],
  [[exited(2), exited(1)], 'NOT_AUTHORIZED'],
  [[exited(2), exited(2)], 'AUTHORIZATION_UNAVAILABLE'],
  [[exited(2), exited(3)], 'AUTHORIZATION_DISMISSED'],
  [[exited(2), exited(127)], 'AUTHORIZATION_UNAVAILABLE'],
  [[exited(2), { kind: 'killed' }], 'AUTHORIZATION_UNAVAILABLE'],
] as const)('pkcheck ending %j means %s, and nothing is tried again', async (ends, code) => {
  const outcome = await check(ends);
  expect([outcome.code, outcome.runs.length]).toEqual([code, ends.length]);
});

test('an answer about a process that has ended meanwhile counts for nothing', async () => {
  expect((await check([exited(0)], { isMainAlive: () => false })).code).toBe('AUTHORIZATION_UNAVAILABLE');
});

test('one question at a time; a quiet answer needs no turn', async () => {
  const waiting = Promise.withResolvers<PkcheckEnd>();
  let quietAnswer = exited(2);
  const authorizer = createAuthorizer({
    ...main,
    run: (_parameters, { timeoutMs }) => (timeoutMs === null ? waiting.promise : Promise.resolve(quietAnswer)),
  });
  const first = codeOf(authorizer.check('loop-setup', prompt, never));
  await Promise.resolve();
  expect(await codeOf(authorizer.check('loop-nodes', prompt, never))).toBe('AUTHORIZATION_BUSY');
  quietAnswer = exited(0);
  expect(await codeOf(authorizer.check('loop-nodes', prompt, never))).toBe('granted');
  waiting.resolve(exited(0));
  expect(await first).toBe('granted');
  quietAnswer = exited(2);
  expect(await codeOf(authorizer.check('loop-nodes', prompt, never))).toBe('granted');
});

test('a question withdrawn is cancelled, whatever was answered', async () => {
  const controller = new AbortController();
  const authorizer = createAuthorizer({
    ...main,
    run: async () => {
      controller.abort();
      return exited(0);
    },
  });
  expect(await codeOf(authorizer.check('loop-setup', prompt, controller.signal))).toBe('CANCELLED');
  expect(await codeOf(authorizer.check('loop-setup', prompt, controller.signal))).toBe('CANCELLED');
});

test('details name device and file, each as one argument', () => {
  const parameters = pkcheckParameters({ pid: 1, startTime: 2n, uid: 3 }, 'loop-nodes', { device: 7, fileName: '--help' }, true);
  expect(parameters.slice(4)).toEqual(['--detail', 'device', 'loop7', '--detail', 'file', '--help', '--allow-user-interaction']);
});

describe('running the program', () => {
  test.each([
    ['/bin/true', [], { kind: 'exited', status: 0 }],
    ['/bin/false', [], { kind: 'exited', status: 1 }],
    ['/nonexistent/pkcheck', [], { kind: 'not-started' }],
    ['/bin/sh', ['-c', 'kill -9 $$'], { kind: 'killed' }],
    ['/bin/sh', ['-c', 'exit $(env | grep -cvE "^(PWD|_|OLDPWD|SHLVL)=")'], { kind: 'exited', status: 0 }],
  ])('%s %j ends as %j', async (program, parameters, end) => {
    expect(await runPkcheck(parameters, { timeoutMs: null, signal: never }, program)).toEqual(end);
  });

  test('one that hangs is killed at its limit, and one withdrawn at once', async () => {
    const limits = { timeoutMs: 20, signal: never };
    expect(await runPkcheck(['1000'], limits, '/bin/sleep')).toEqual({ kind: 'killed' });
    const controller = new AbortController();
    const withdrawn = runPkcheck(['1000'], { timeoutMs: null, signal: controller.signal }, '/bin/sleep');
    controller.abort();
    expect(await withdrawn).toEqual({ kind: 'killed' });
    expect(await runPkcheck(['1000'], { timeoutMs: null, signal: controller.signal }, '/bin/sleep')).toEqual({ kind: 'killed' });
  });
});
