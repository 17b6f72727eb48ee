import { describe, expect, test } from 'vitest';
import { answerCall, toErrorData, type RendererHandlers } from '../../../electron/calls.ts';
import { HelperLost } from '../../../electron/helper/helper-client.ts';
import { AppError } from '../../../electron/ipc/errors.ts';
import { rendererMethods } from '../../../electron/ipc/methods.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';

function isComplete(table: object): table is RendererHandlers {
  return Object.keys(rendererMethods).every((method) => Object.hasOwn(table, method));
}

/** Every method answers with what it was given: whatever gets through was accepted. */
function createHandlers(): RendererHandlers {
  const table = Object.fromEntries(Object.keys(rendererMethods).map((method) => [method, (params: unknown) => params]));
  if (!isComplete(table)) throw new Error('a method has no answer');
  return table;
}
const handlers = createHandlers();

const refused = { ok: false, error: { code: 'INVALID_CALL' } };

const hostile = ['{"__proto__":{"polluted":true}}', '{"constructor":1}', '{"prototype":1}', '{"toString":1}'].map(
  (text) => JSON.parse(text) as unknown,
);

describe('a call of a window', () => {
  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'state/get\0', 'State/Get', 'devices/attach-legacy'])(
    'of the method %j is refused',
    async (method) => {
      expect(await answerCall(handlers, method, {}, 1)).toMatchObject(refused);
    },
  );

  test('without parameters is refused when it brings any', async () => {
    for (const params of [undefined, null, 1, 'x', [], [{}], { extra: 1 }, ...hostile]) {
      expect(await answerCall(handlers, 'state/get', params, 1)).toMatchObject(refused);
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test.each([
    { device: -1, diskseq: '1' },
    { device: 1_048_576, diskseq: '1' },
    { device: 2 ** 32, diskseq: '1' },
    { device: 1.5, diskseq: '1' },
    { device: Number.NaN, diskseq: '1' },
    { device: '1', diskseq: '1' },
    { device: 1, diskseq: 1 },
    { device: 1, diskseq: '01' },
    { device: 1, diskseq: '9223372036854775808' },
    { device: 1 },
  ])('about the device %j is refused', async (params) => {
    expect(await answerCall(handlers, 'devices/rescan', params, 1)).toMatchObject(refused);
  });

  test('may name a file only by an id of the right form', async () => {
    for (const image of ['/etc/shadow', '', 'A'.repeat(32), `${'a'.repeat(32)}\n`, 'a'.repeat(33)]) {
      expect(await answerCall(handlers, 'images/describe', { image }, 1)).toMatchObject(refused);
    }
    expect(await answerCall(handlers, 'images/describe', { image: 'a'.repeat(32) }, 1)).toMatchObject({ ok: true });
  });

  test('is answered with the error as data whatever its handler throws', async () => {
    const failing = {
      ...handlers,
      'state/get': () => {
        throw new HelperError('DEVICE_BUSY', { errno: 16 });
      },
    };
    expect(await answerCall(failing, 'state/get', {}, 1)).toEqual({
      ok: false,
      error: { code: 'DEVICE_BUSY', message: 'The loop device is in use.', errno: 16 },
    });
  });
});

test('keys that mean something to JavaScript are refused at every level', async () => {
  const params: unknown = JSON.parse('{"device":1,"diskseq":"1","changes":{"__proto__":{"autoclear":true}}}');
  expect(await answerCall(handlers, 'devices/set', params, 1)).toMatchObject(refused);
});

describe('an error as data', () => {
  test('keeps the code of the program, says HELPER_LOST for a lost helper and INTERNAL for a fault', () => {
    expect(toErrorData(new AppError('NO_SPACE', { errno: 28 }))).toMatchObject({ code: 'NO_SPACE', errno: 28 });
    expect(toErrorData(new HelperLost('the helper ended'))).toMatchObject({ code: 'HELPER_LOST' });
    expect(toErrorData(new TypeError('a fault'))).toMatchObject({ code: 'INTERNAL' });
    expect(toErrorData('thrown text')).toMatchObject({ code: 'INTERNAL', details: 'thrown text' });
  });
});
