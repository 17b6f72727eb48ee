/** How a helper process ends: always, within its two seconds, whatever is in flight. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { HelperHarness, nodeProgram, shipped } from './helper-harness.ts';
import { behaviours } from './inert-behaviours.ts';

const leakingParent = fileURLToPath(new URL('leaking-parent.ts', import.meta.url));
const target = { diskseq: '1' };

async function ask(helper: HelperHarness, device: number): Promise<number> {
  const id = helper.nextId();
  await helper.send(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'devices/set-capacity', params: { ...target, device } })}\n`);
  return id;
}

async function begin(helper: HelperHarness, device: number): Promise<number> {
  const id = await ask(helper, device);
  // An answered request after it proves that it was taken.
  await helper.request('session/features', {});
  return id;
}

describe('the end of input', () => {
  test.each([
    ['with inert handlers', {}],
    ['as shipped', shipped],
  ])('ends an idle helper %s with 0', async (_name, options) => {
    const helper = await HelperHarness.ready(options);
    expect(await helper.stop()).toStrictEqual({ status: 0, signal: null });
  });

  test('before a first word ends the helper with 0', async () => {
    const helper = new HelperHarness();
    expect(await helper.stop()).toStrictEqual({ status: 0, signal: null });
    expect(helper.messages).toStrictEqual([]);
  });

  test('aborts what is in flight, which is still answered', async () => {
    const helper = await HelperHarness.ready();
    const running = await begin(helper, behaviours.untilAborted);
    const waiting = await begin(helper, behaviours.untilAborted);
    expect(await helper.stop()).toStrictEqual({ status: 0, signal: null });
    const ends = helper.messages.filter((message) => message.id === running || message.id === waiting);
    expect(ends.map((message) => message.error?.data.code)).toStrictEqual(['SHUTTING_DOWN', 'SHUTTING_DOWN']);
  });

  test('ends the helper although a request never does', async () => {
    const helper = await HelperHarness.ready();
    await begin(helper, behaviours.never);
    expect(await helper.stop()).toStrictEqual({ status: 0, signal: null });
  });
});

test('session/shutdown is answered and ends the helper; what follows it in the same piece is refused', async () => {
  const helper = await HelperHarness.ready();
  const ids = [helper.nextId(), helper.nextId()];
  const lines = ids.map((id, index) => JSON.stringify({ jsonrpc: '2.0', id, method: index === 0 ? 'session/shutdown' : 'devices/list' }));
  await helper.send(`${lines.join('\n')}\n`);
  expect(await helper.exit).toStrictEqual({ status: 0, signal: null });
  expect(helper.messages.slice(1).map((message) => message.error?.data.code ?? message.result)).toStrictEqual([null, 'SHUTTING_DOWN']);
  await helper.stop();
});

test('a fault outside of any request ends the helper with 70 and a line in the log', async () => {
  const helper = await HelperHarness.ready();
  await ask(helper, behaviours.crash);
  expect(await helper.exit).toStrictEqual({ status: 70, signal: null });
  expect(JSON.parse(helper.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'fault' });
  await helper.stop();
});

test('a peer that closes its reading end ends the helper', async () => {
  const helper = await HelperHarness.ready();
  helper.child.stdout?.destroy();
  const id = helper.nextId();
  await helper.send(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'session/features' })}\n`);
  expect(await helper.exit).toStrictEqual({ status: 0, signal: null });
  await helper.stop();
});

test('SIGTERM ends the helper in good order', async () => {
  const helper = await HelperHarness.ready();
  helper.child.kill('SIGTERM');
  expect(await helper.exit).toStrictEqual({ status: 0, signal: null });
  await helper.stop();
});

describe('the end of the program that started it', () => {
  test('ends the helper although somebody else keeps the socket open', async () => {
    const parent = spawn(nodeProgram, [leakingParent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => parent.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString())));
    const [helper = 0, holder = 0] = line.split(' ').map(Number);
    try {
      expect(isRunning(helper)).toBe(true);
      parent.kill('SIGKILL');
      await vi.waitFor(() => expect(isRunning(helper)).toBe(false), { timeout: 20_000 });
      expect(isRunning(holder)).toBe(true);
    } finally {
      process.kill(holder, 'SIGKILL');
    }
  });
});

/** A process that nobody has waited for yet does not run any more. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/u.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

describe('a peer that does not read', () => {
  test('costs the helper its life at 64 MiB of replies', async () => {
    const helper = await HelperHarness.ready();
    helper.child.stdout?.pause();
    for (let count = 0; count < 8; count += 1) {
      const params = { ...target, device: behaviours.largeResult };
      await helper.send(`${JSON.stringify({ jsonrpc: '2.0', id: helper.nextId(), method: 'devices/set-capacity', params })}\n`);
    }
    const exit = new Promise((resolve) => helper.child.once('exit', (status) => resolve(status)));
    expect(await exit).toBe(70);
    helper.child.stdout?.destroy();
    await helper.stop();
  });

  test('gets the changes it missed as one, with the newest revision', async () => {
    const helper = await HelperHarness.ready();
    helper.child.stdout?.pause();
    const count = 60; // of 2 MiB each: without merging the helper would end at 64 MiB
    for (let index = 0; index < count; index += 1) {
      await helper.send(
        `${JSON.stringify({ jsonrpc: '2.0', id: helper.nextId(), method: 'devices/watch', params: { safetyRead: false } })}\n`,
      );
    }
    // The log is read on: it tells when the last of them was said into the full pipe.
    await helper.waitForLog(`"revision":${count}`);
    helper.child.stdout?.resume();
    const newest = await helper.waitFor((message) => (message.params as { revision?: number } | undefined)?.revision === count);
    expect((newest.params as { changed: unknown[] }).changed).toHaveLength(2000);
    const changes = helper.messages.filter((message) => message.method === 'devices/changed');
    expect(changes.length).toBeLessThan(count);
    expect(await helper.stop()).toStrictEqual({ status: 0, signal: null });
  });
});
