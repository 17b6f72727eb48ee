/** The real client against a real session in another process: results, errors, withdrawals, back-pressure, loss. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HelperLost } from '../../electron/helper/helper-client.ts';
import { startHelper, type RunningHelper } from '../../electron/helper/helper-process.ts';
import type { HelperFiles } from '../../electron/helper/helper-paths.ts';
import { inertHelper, nodeProgram } from './helper-harness.ts';
import { behaviours } from './inert-behaviours.ts';

const inertFiles: HelperFiles = { node: nodeProgram, script: inertHelper, launcher: null };
const thisFolder = fileURLToPath(new URL('.', import.meta.url));

async function start(): Promise<RunningHelper> {
  const outcome = await startHelper({ kind: 'direct' }, { files: inertFiles });
  if (outcome.kind !== 'ready') throw new Error(`${outcome.kind}: ${outcome.details}`);
  return outcome;
}

function target(device: number): { device: number; diskseq: string } {
  return { device, diskseq: '1' };
}

/** Why a call failed; listened to from the start, so that it may fail at any time. */
async function reasonOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => error,
  );
}

function ownDescriptors(): string[] {
  return readdirSync('/proc/self/fd').toSorted();
}

describe('a call', () => {
  let helper: RunningHelper;
  beforeEach(async () => {
    helper = await start();
  });
  afterEach(async () => {
    await helper.stop();
  });

  test('rejects with the error of the helper: code, errno and detail', async () => {
    const call = helper.client.call('devices/set-capacity', target(behaviours.busy));
    await expect(call).rejects.toMatchObject({
      name: 'HelperError',
      code: 'DEVICE_BUSY',
      errno: 16,
      detail: { device: 3 },
      message: 'The loop device is in use.',
    });
  });

  test.each([
    ['a fault of a handler', behaviours.fault],
    ['a result of 17 MiB', behaviours.hugeResult],
    ['a result that JSON cannot say', behaviours.noJson],
  ])('rejects with INTERNAL for %s, without a word of the fault, and the helper goes on', async (_name, device) => {
    const call = helper.client.call('devices/set-capacity', target(device));
    await expect(call).rejects.toMatchObject({ code: 'INTERNAL', message: 'The helper met a fault of its own.' });
    expect(await helper.client.call('session/features', {})).toBeDefined();
  });

  test('resolves with a result of 15 MiB', async () => {
    expect(await helper.client.call('devices/set-capacity', target(behaviours.largeResult))).toHaveLength(15 * 1024 * 1024);
  });

  test('carries a descriptor, which stays open here', async () => {
    const descriptor = openSync('/dev/null', 'r');
    try {
      const result = await helper.client.call('devices/change-backing-file', target(1), { descriptors: [descriptor] });
      expect(result).toMatchObject({ descriptors: 1 });
    } finally {
      closeSync(descriptor);
    }
  });

  test('rejects without sending what no request can carry', async () => {
    await expect(helper.client.call('devices/list', {}, { descriptors: [1, 2] })).rejects.toBeInstanceOf(RangeError);
    const tooLong = helper.client.call('devices/list', { filler: 'x'.repeat(70_000) } as never);
    await expect(tooLong).rejects.toBeInstanceOf(RangeError);
    expect(await helper.client.call('session/features', {})).toBeDefined();
  });

  test('that runs is withdrawn by its signal', async () => {
    const abort = new AbortController();
    const call = helper.client.call('devices/set-capacity', target(behaviours.untilAborted), { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('that waits for its device is withdrawn without waiting for the one before', async () => {
    const before = reasonOf(helper.client.call('devices/set-capacity', target(behaviours.never)));
    const abort = new AbortController();
    const waiting = helper.client.call('devices/set-capacity', target(behaviours.never), { signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await helper.stop();
    expect(await before).toBeInstanceOf(HelperLost);
  });

  test('with a signal that was aborted before is not sent', async () => {
    const call = helper.client.call('devices/list', {}, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('notifications', () => {
  test('reach every listener until it is undone', async () => {
    const helper = await start();
    const kept: [string, number][] = [];
    const undone = vi.fn<() => void>();
    helper.client.onNotification((method, changes) => kept.push([method, changes.revision]));
    const undo = helper.client.onNotification(undone);
    await helper.client.call('devices/watch', { safetyRead: false });
    undo();
    await helper.client.call('devices/watch', { safetyRead: false });
    expect(kept).toStrictEqual([
      ['devices/changed', 1],
      ['devices/changed', 2],
    ]);
    expect(undone).toHaveBeenCalledTimes(1);
    await helper.stop();
  });
});

describe('a helper that does not read', () => {
  test('makes requests wait without blocking; all are answered in order when it reads again', async () => {
    const helper = await start();
    process.kill(helper.hello.pid, 'SIGSTOP');
    const answered: number[] = [];
    const filler = 'x'.repeat(60_000);
    const calls = Array.from({ length: 100 }, (_, index) =>
      helper.client.call('devices/list', { filler } as never).catch((error: { code?: string }) => {
        answered.push(index);
        return error.code;
      }),
    );
    process.kill(helper.hello.pid, 'SIGCONT');
    expect(new Set(await Promise.all(calls))).toStrictEqual(new Set(['INVALID_PARAMETERS']));
    expect(answered).toStrictEqual(calls.map((_, index) => index));
    await helper.stop();
  });

  test('is left without a descriptor or a thread staying behind', async () => {
    const before = ownDescriptors();
    const helper = await start();
    process.kill(helper.hello.pid, 'SIGSTOP');
    const calls = Array.from({ length: 100 }, () => helper.client.call('devices/list', { filler: 'x'.repeat(60_000) } as never));
    helper.client.close();
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason instanceof HelperLost)).toBe(true);
    process.kill(helper.hello.pid, 'SIGKILL');
    expect(await helper.ended).toMatchObject({ status: null, signal: 'SIGKILL' });
    await vi.waitFor(() => expect(ownDescriptors()).toStrictEqual(before), { timeout: 20_000 });
  });
});

describe('a helper that is killed', () => {
  test('rejects everything that waits and everything after, and tells it once', async () => {
    const before = ownDescriptors();
    const helper = await start();
    const onEnd = vi.fn<() => void>();
    helper.client.onEnd(onEnd);
    const lost = reasonOf(helper.client.call('devices/set-capacity', target(behaviours.never)));
    await helper.client.call('devices/list', {});
    process.kill(helper.hello.pid, 'SIGKILL');
    expect(await lost).toBeInstanceOf(HelperLost);
    await expect(helper.client.call('devices/list', {})).rejects.toBeInstanceOf(HelperLost);
    expect(await helper.ended).toMatchObject({ signal: 'SIGKILL' });
    helper.client.close();
    expect(onEnd).toHaveBeenCalledTimes(1);
    await vi.waitFor(() => expect(ownDescriptors()).toStrictEqual(before), { timeout: 20_000 });
  });
});

describe('a start', () => {
  async function outcomeOf(script: string, node: string = nodeProgram): Promise<unknown> {
    return startHelper({ kind: 'direct' }, { files: { node, script, launcher: null } });
  }

  test('without files is not-installed', async () => {
    expect(await startHelper({ kind: 'view' }, { files: null })).toMatchObject({ kind: 'not-installed' });
    expect(await outcomeOf(inertHelper, '/nowhere/node')).toMatchObject({ kind: 'not-installed' });
  });

  test('that ends before its first word is broken, with its last words', async () => {
    expect(await outcomeOf(`${thisFolder}broken-start.ts`)).toMatchObject({
      kind: 'broken',
      details: 'first line\nthe last words',
      end: { status: 3, signal: null },
    });
  });

  test('of another version is a version mismatch', async () => {
    expect(await outcomeOf(`${thisFolder}other-version.ts`)).toMatchObject({ kind: 'version-mismatch' });
  });

  test('that is withdrawn is dismissed', async () => {
    const before = ownDescriptors();
    const outcome = await startHelper({ kind: 'direct' }, { files: inertFiles, signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ kind: 'dismissed' });
    await vi.waitFor(() => expect(ownDescriptors()).toStrictEqual(before), { timeout: 20_000 });
  });
});
