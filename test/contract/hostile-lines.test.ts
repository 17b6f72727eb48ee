/** SECURITY.md (e) 13-24 and 52 against a helper process: what a hostile peer writes, without descriptors. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HelperHarness, shipped } from './helper-harness.ts';
import { behaviours } from './inert-behaviours.ts';

const target = { device: 7, diskseq: '1' };

function request(id: number, method: string, params?: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

const kinds = [
  ['with inert handlers', {}],
  ['as shipped', shipped],
] as const;

describe.each(kinds)('a line that is no request, to the helper %s', (_kind, options) => {
  let helper: HelperHarness;
  beforeAll(async () => {
    helper = await HelperHarness.ready(options);
  });
  afterAll(async () => {
    await helper.stop();
  });

  test.each([
    ['an empty line', '\n', 'PARSE_ERROR'],
    ['white space', '  \t\n', 'PARSE_ERROR'],
    ['null', 'null\n', 'INVALID_REQUEST'],
    ['an empty batch', '[]\n', 'INVALID_REQUEST'],
    ['a string', '"x"\n', 'INVALID_REQUEST'],
    ['a number', '1\n', 'INVALID_REQUEST'],
    ['a byte-order mark', Buffer.from('\uFEFF{"jsonrpc":"2.0","id":9,"method":"session/features"}\n'), 'PARSE_ERROR'],
    ['UTF-16', Buffer.from('{"id":1}\n', 'utf16le').swap16(), 'PARSE_ERROR'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]), 'PARSE_ERROR'],
    ['an encoded lone surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22, 0x0a]), 'PARSE_ERROR'],
    ['an escaped lone surrogate', request(99, '\ud800'), 'INVALID_REQUEST'],
    ['a NUL byte', '{"jsonrpc":"2.0",\0"id":9,"method":"session/features"}\n', 'PARSE_ERROR'],
    ['an unfinished object', '{"jsonrpc":"2.0","id":9\n', 'PARSE_ERROR'],
    ['two objects', '{} {}\n', 'PARSE_ERROR'],
    ['a comment', '/* */{}\n', 'PARSE_ERROR'],
    ['a batch', `[${request(99, 'session/features').trim()}]\n`, 'INVALID_REQUEST'],
    ['a notification', '{"jsonrpc":"2.0","method":"session/shutdown"}\n', 'INVALID_REQUEST'],
    ['a reply', '{"jsonrpc":"2.0","id":99,"result":{}}\n', 'INVALID_REQUEST'],
    ['an error reply', '{"jsonrpc":"2.0","id":99,"error":{"code":1,"message":""}}\n', 'INVALID_REQUEST'],
    ['an unknown member', '{"jsonrpc":"2.0","id":99,"method":"session/features","fd":7}\n', 'INVALID_REQUEST'],
    ['a descriptor number', '{"jsonrpc":"2.0","id":99,"method":"session/features","fds":-1073741824}\n', 'INVALID_REQUEST'],
    ['two announced descriptors', '{"jsonrpc":"2.0","id":99,"method":"devices/attach","fds":2}\n', 'INVALID_REQUEST'],
    ['another version', '{"jsonrpc":"1.0","id":99,"method":"session/features"}\n', 'INVALID_REQUEST'],
    ['an id of zero', request(0, 'session/features'), 'INVALID_REQUEST'],
    ['a negative id', request(-1, 'session/features'), 'INVALID_REQUEST'],
    ['a broken id', request(1.5, 'session/features'), 'INVALID_REQUEST'],
    ['an id beyond 2^53', '{"jsonrpc":"2.0","id":9007199254740993,"method":"session/features"}\n', 'INVALID_REQUEST'],
    ['an infinite id', '{"jsonrpc":"2.0","id":1e400,"method":"session/features"}\n', 'INVALID_REQUEST'],
    ['a textual id', '{"jsonrpc":"2.0","id":"99","method":"session/features"}\n', 'INVALID_REQUEST'],
    ['a method that is no text', '{"jsonrpc":"2.0","id":99,"method":7}\n', 'INVALID_REQUEST'],
    ['a method of 300 characters', request(99, 'x'.repeat(300)), 'INVALID_REQUEST'],
    ['parameters in a list', request(99, 'session/features', []), 'INVALID_REQUEST'],
    ['parameters that are null', request(99, 'session/features', null), 'INVALID_REQUEST'],
    ['33 levels', request(99, 'session/features', { a: JSON.parse(`${'['.repeat(31)}${']'.repeat(31)}`) as unknown }), 'INVALID_REQUEST'],
    ['a __proto__ key', '{"jsonrpc":"2.0","id":99,"method":"session/features","__proto__":{}}\n', 'INVALID_REQUEST'],
    [
      'an escaped __proto__ key',
      '{"jsonrpc":"2.0","id":99,"method":"session/features","params":{"\\u005f_proto__":{}}}\n',
      'INVALID_REQUEST',
    ],
    ['a deep constructor key', request(99, 'session/features', { a: [{ constructor: 1 }] }), 'INVALID_REQUEST'],
    ['a prototype key', request(99, 'session/features', { prototype: 1 }), 'INVALID_REQUEST'],
    ['32,000 levels', `${'['.repeat(32_000)}${']'.repeat(32_000)}\n`, 'INVALID_REQUEST'],
  ])('%s is refused and the helper goes on', async (_name, line, code) => {
    const descriptors = helper.descriptors();
    expect(await helper.refusal(line)).toBe(code);
    expect(await helper.isAlive()).toBe(true);
    expect(helper.descriptors()).toStrictEqual(descriptors);
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'x'.repeat(64), 'devices/attach\0', 'session/Hello'])(
    'the method %j is unknown',
    async (method) => {
      const reply = await helper.request(method, {});
      expect(reply.error?.code).toBe(-32_601);
      expect(reply.error?.data.code).toBe('UNKNOWN_METHOD');
    },
  );
});

describe('reading a line', () => {
  let helper: HelperHarness;
  beforeEach(async () => {
    helper = await HelperHarness.ready();
  });
  afterEach(async () => {
    await helper.stop();
  });

  test('an id that does not grow is refused without its number, so that no reply can be mistaken', async () => {
    await helper.request('session/features', {});
    expect(await helper.refusal(request(1, 'session/features'))).toBe('INVALID_REQUEST');
    expect(await helper.refusal(request(2, 'session/features'))).toBe('INVALID_REQUEST');
    expect(await helper.isAlive()).toBe(true);
  });

  test('of a repeated key the last one counts for everything', async () => {
    const line = `{"jsonrpc":"2.0","id":90,"method":"devices/attach","method":"session/features","fds":1,"id":91}\n`;
    await helper.send(line);
    const reply = await helper.waitFor((message) => message.id === 91);
    expect(reply.error?.data.code).toBe('INVALID_REQUEST');
    expect(helper.messages.some((message) => message.id === 90)).toBe(false);
  });

  test('nothing of a refused line comes back or reaches the log', async () => {
    const marker = 'qzxjvw\u001b[31m\u202e\u00e9';
    await helper.send(`${marker}\n{"${marker}":1}\n`);
    await helper.send(request(helper.nextId(), marker));
    await helper.send(request(helper.nextId(), 'session/features', { [marker]: marker }));
    await helper.send(request(helper.nextId(), 'devices/detach', { device: marker, diskseq: marker, whenFree: marker }));
    await helper.waitForCount(6);
    expect(helper.output.includes('qzxj')).toBe(false);
    expect(helper.output.every((byte) => byte < 0x80 && (byte >= 0x20 || byte === 0x0a))).toBe(true);
    expect(helper.stderr).not.toContain('qzxj');
  });

  test('a line may come byte by byte', async () => {
    const id = helper.nextId();
    for (const byte of Buffer.from(request(id, 'session/features'))) await helper.send(Uint8Array.of(byte));
    expect((await helper.waitFor((message) => message.id === id)).error).toBeUndefined();
  });

  test('a line of exactly 64 KiB is read', async () => {
    const line = request(99, 'session/features', { a: '' });
    const filler = 'x'.repeat(64 * 1024 - (line.length - 1));
    await helper.send(request(99, 'session/features', { a: filler }));
    const reply = await helper.waitFor((message) => message.id === 99);
    expect(reply.error?.data.code).toBe('INVALID_PARAMETERS');
  });
});

describe('parameters that say what they may not', () => {
  let helper: HelperHarness;
  beforeAll(async () => {
    helper = await HelperHarness.ready();
  });
  afterAll(async () => {
    await helper.stop();
  });

  test.each([-1, 1_048_576, 2 ** 31, 2 ** 32, 2 ** 32 + 5, 1e300, 0.5, null, '7', [7]])('device %j is none', async (device) => {
    const reply = await helper.request('devices/set-capacity', { ...target, device });
    expect(reply.error?.data.code).toBe('INVALID_PARAMETERS');
  });

  test.each(['', '-1', '+1', '01', '1e3', '0x1', ' 1', '1\n', '9223372036854775808', '99999999999999999999', 1, null])(
    'diskseq %j is none',
    async (diskseq) => {
      const reply = await helper.request('devices/set-capacity', { ...target, diskseq });
      expect(reply.error?.data.code).toBe('INVALID_PARAMETERS');
    },
  );

  const mount = { ...target, partition: null, fileSystemType: 'ext4', readOnly: true, label: '', detachWhenUnmounted: false };

  test.each(['options', 'data', 'target', 'uid', 'gid', 'user', 'as-user', 'context', 'source', 'subvol', 'flags', 'path'])(
    'a mount has no %s',
    async (key) => {
      for (const value of ['suid,dev', 0]) {
        const reply = await helper.request('mounts/mount', { ...mount, [key]: value });
        expect(reply.error?.data.code).toBe('INVALID_PARAMETERS');
      }
      expect((await helper.request('mounts/mount', mount)).result).toStrictEqual({ method: 'mounts/mount', descriptors: 0 });
    },
  );
});

describe.each(kinds)('a line that is too long ends the helper %s with 70', (_kind, options) => {
  test.each([
    ['64 KiB + 1 without a newline', Buffer.alloc(64 * 1024 + 1, 'x')],
    ['64 KiB + 1 with a newline', Buffer.concat([Buffer.alloc(64 * 1024 + 1, ' '), Buffer.from('\n')])],
    ['10 MB', Buffer.concat([Buffer.alloc(10_000_000, 'x'), Buffer.from('\n')])],
    ['5 million levels', Buffer.alloc(5_000_000, '[')],
  ])('%s', async (_name, content) => {
    const helper = await HelperHarness.ready(options);
    let highest = helper.peakMemoryMiB();
    // The last look is the one before it has ended.
    const looking = setInterval(() => (highest = Math.max(highest, helper.peakMemoryMiB() || 0)), 1);
    try {
      await helper.send(content);
      expect(await helper.exit).toStrictEqual({ status: 70, signal: null });
    } finally {
      clearInterval(looking);
    }
    expect(highest).toBeLessThan(256);
  });
});

describe('many requests at once', () => {
  test('of 1,000 that never end 64 are taken and the rest refused', async () => {
    const helper = await HelperHarness.ready();
    const lines = Array.from({ length: 1000 }, (_, index) =>
      request(100 + index, 'devices/set-capacity', { ...target, device: behaviours.untilAborted }),
    );
    await helper.send(lines.join(''));
    const replies = (await helper.waitForCount(1 + 936)).slice(1);
    expect(replies.every((reply) => reply.error?.data.code === 'TOO_MANY_REQUESTS')).toBe(true);
    expect(replies.map((reply) => reply.id)).toStrictEqual(Array.from({ length: 936 }, (_, index) => 164 + index));
    expect(helper.peakMemoryMiB()).toBeLessThan(256);
    await helper.stop();
  });

  test('1,000 that are answered at once are all answered, in order', async () => {
    const helper = await HelperHarness.ready();
    const lines = Array.from({ length: 1000 }, (_, index) => request(100 + index, 'session/features'));
    await helper.send(lines.join(''));
    const replies = (await helper.waitForCount(1001)).slice(1);
    expect(replies.map((reply) => reply.id)).toStrictEqual(Array.from({ length: 1000 }, (_, index) => 100 + index));
    await helper.stop();
  });
});

describe.each(kinds)('before hello, the helper %s', (_name, options) => {
  test('answers NOT_READY to everything, and goes on after a hello of another version', async () => {
    const helper = new HelperHarness(options);
    for (const method of ['devices/list', 'session/shutdown', 'session/cancel', 'devices/detach']) {
      expect((await helper.request(method, {})).error?.data.code).toBe('NOT_READY');
    }
    expect((await helper.request('session/hello', { protocolVersion: 2 })).error?.data.code).toBe('VERSION_MISMATCH');
    expect((await helper.request('session/features', {})).error?.data.code).toBe('NOT_READY');
    expect(await helper.isAlive()).toBe(true);
    expect((await helper.request('session/features', {})).error).toBeUndefined();
    expect(await helper.stop()).toStrictEqual({ status: 0, signal: null });
  });
});
