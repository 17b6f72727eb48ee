/** SECURITY.md (e) 26-30 against a helper process: descriptors that come in ways the real client never sends them. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HelperHarness } from './helper-harness.ts';

const attach = {
  readOnly: true,
  offsetBytes: '0',
  sizeLimitBytes: '0',
  logicalBlockSizeBytes: 0,
  partitionScan: false,
  autoclear: false,
  directIo: false,
  reference: null,
  device: null,
  whenAttached: 'refuse',
};

let folder: string;
let image: number;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-descriptors-'));
  image = openSync(join(folder, 'image'), 'w+');
});
afterAll(() => {
  closeSync(image);
  rmSync(folder, { recursive: true });
});

function request(id: number, method: string, params: unknown, fds?: number): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params, ...(fds === undefined ? {} : { fds }) })}\n`;
}

/** Waits until the helper has closed what it got: closing may come after the reply. */
async function expectDescriptors(helper: HelperHarness, before: readonly string[]): Promise<void> {
  expect(await helper.isAlive()).toBe(true);
  expect(helper.descriptors()).toStrictEqual(before);
}

describe('a helper that goes on', () => {
  let helper: HelperHarness;
  let before: readonly string[];
  beforeAll(async () => {
    helper = await HelperHarness.ready();
    before = helper.descriptors();
  });
  afterAll(async () => {
    await helper.stop();
  });

  test('one descriptor with a method that takes one arrives, and is closed after the reply', async () => {
    const reply = await helper.request('devices/attach', attach, [image]);
    expect(reply.result).toStrictEqual({ method: 'devices/attach', descriptors: 1 });
    await expectDescriptors(helper, before);
  });

  test.each([
    ['none at all', undefined, 0],
    ['one announced and none sent', 1, 0],
    ['one announced and two sent', 1, 2],
    ['one announced and four sent', 1, 4],
    ['one announced and five sent', 1, 5],
    ['one announced and fifty sent', 1, 50],
  ])('%s: the request is refused and everything closed', async (_name, announced, sent) => {
    const id = helper.nextId();
    await helper.send(request(id, 'devices/attach', attach, announced), Array<number>(sent).fill(image));
    const reply = await helper.waitFor((message) => message.id === id);
    expect(reply.error?.data.code).toBe('INVALID_REQUEST');
    await expectDescriptors(helper, before);
  });

  test('a descriptor with refused parameters is closed', async () => {
    const reply = await helper.request('devices/attach', { ...attach, readOnly: 'yes' }, [image]);
    expect(reply.error?.data.code).toBe('INVALID_PARAMETERS');
    await expectDescriptors(helper, before);
  });

  test('a descriptor with an unknown method is closed', async () => {
    const reply = await helper.request('devices/attack', attach, [image]);
    expect(reply.error?.data.code).toBe('UNKNOWN_METHOD');
    await expectDescriptors(helper, before);
  });

  test('each of 200 requests in a row gets its own descriptor', async () => {
    const ids = Array.from({ length: 200 }, () => helper.nextId());
    for (const id of ids) await helper.send(request(id, 'devices/attach', attach, 1), [image]);
    await helper.waitFor((message) => message.id === ids.at(-1));
    const replies = helper.messages.filter((message) => ids.includes(message.id ?? 0));
    expect(replies.map((reply) => reply.result)).toStrictEqual(ids.map(() => ({ method: 'devices/attach', descriptors: 1 })));
    await expectDescriptors(helper, before);
  });

  test('a descriptor may come with the first byte of a line that comes in pieces', async () => {
    const id = helper.nextId();
    const line = Buffer.from(request(id, 'devices/attach', attach, 1));
    await helper.send(line.subarray(0, 1), [image]);
    for (const byte of line.subarray(1)) await helper.send(Uint8Array.of(byte));
    expect((await helper.waitFor((message) => message.id === id)).error).toBeUndefined();
    await expectDescriptors(helper, before);
  });

  test('an announced descriptor that does not come with a method that takes none is refused', async () => {
    const id = helper.nextId();
    await helper.send(request(id, 'session/features', {}, 1));
    expect((await helper.waitFor((message) => message.id === id)).error?.data.code).toBe('INVALID_REQUEST');
    expect(await helper.isAlive()).toBe(true);
  });
});

describe('the helper ends with 70', () => {
  async function endOf(act: (helper: HelperHarness) => Promise<unknown>, options = {}): Promise<unknown> {
    const helper = new HelperHarness(options);
    await act(helper);
    const exit = await helper.exit;
    await helper.stop();
    return exit;
  }
  const hello = request(1, 'session/hello', { protocolVersion: 1 });
  const protocolFault = { status: 70, signal: null };

  test('for a descriptor with hello, and hello is not answered', async () => {
    const helper = new HelperHarness();
    await helper.send(hello, [image]);
    expect(await helper.exit).toStrictEqual(protocolFault);
    expect(helper.messages).toStrictEqual([]);
  });

  test('for a descriptor with an announced one in hello', async () => {
    expect(await endOf((helper) => helper.send(request(1, 'session/hello', { protocolVersion: 1 }, 1), [image]))).toStrictEqual(
      protocolFault,
    );
  });

  test('for a descriptor that is not announced', async () => {
    expect(await endOf((helper) => helper.send(`${hello}${request(2, 'devices/attach', attach)}`, [image]))).toStrictEqual(protocolFault);
  });

  test('for a descriptor with a line that is no request', async () => {
    expect(await endOf((helper) => helper.send('x\n', [image]))).toStrictEqual(protocolFault);
  });

  test('for more descriptors than the control buffer has room for', async () => {
    expect(
      await endOf((helper) => helper.send(`${hello}${request(2, 'devices/attach', attach, 1)}`, Array<number>(253).fill(image))),
    ).toStrictEqual(protocolFault);
  });

  test('for descriptors that it has no room for, of which the kernel drops some', async () => {
    const helper = await HelperHarness.ready();
    const used = new Set(helper.descriptors().map(Number));
    const [, second = 0] = Array.from({ length: 1024 }, (_, number) => number).filter((number) => !used.has(number));
    // One of the four still fits.
    execFileSync('prlimit', [`--nofile=${second}:${second}`, `--pid=${helper.pid}`]);
    await helper.send(request(2, 'devices/attach', attach, 1), Array<number>(4).fill(image));
    expect(await helper.exit).toStrictEqual(protocolFault);
    expect(helper.messages.filter(({ id }) => id === 2)).toStrictEqual([]);
    await helper.stop();
  });

  test('for descriptors hoarded in a line that never ends', async () => {
    const act = async (helper: HelperHarness): Promise<void> => {
      await helper.send(hello);
      for (let count = 0; count < 6; count += 1) await helper.send(' ', [image]);
    };
    expect(await endOf(act)).toStrictEqual(protocolFault);
  });

  test('for credentials beside the data', async () => {
    expect(await endOf((helper) => helper.send(hello), { passCredentials: true })).toStrictEqual(protocolFault);
  });
});
