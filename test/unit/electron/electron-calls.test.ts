import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../electron/app.ts';
import { isOwnFrame, registerCalls } from '../../../electron/hosts/electron-calls.ts';
import { rendererMethods } from '../../../electron/ipc/methods.ts';

type Listener = (event: unknown, ...words: unknown[]) => Promise<unknown>;

function register(): Map<string, Listener> {
  const channels = new Map<string, Listener>();
  const connection: Connection = {
    call: async (method, params) => ({ ok: true, value: [method, params] }),
    drop: (paths) => ({ ok: true, value: paths as [] }),
    close: () => undefined,
  };
  registerCalls({ handle: (channel, listener) => void channels.set(channel, listener as Listener) }, (contents) =>
    contents === 1 ? connection : undefined,
  );
  return channels;
}

const ownFrame = { parent: null, origin: 'app://platter' };
const refused = { ok: false, error: { code: 'INVALID_CALL' } };

describe('calls of the page', () => {
  test('have one channel for each method of the table and one for dropped files', () => {
    expect([...register().keys()].toSorted()).toEqual([...Object.keys(rendererMethods), 'images/drop'].toSorted());
  });

  test('reach the application from the main frame of our own page', async () => {
    expect(await register().get('state/get')?.({ senderFrame: ownFrame, sender: { id: 1 } }, {})).toEqual({
      ok: true,
      value: ['state/get', {}],
    });
  });

  test.each([
    ['a frame that is gone', { senderFrame: null, sender: { id: 1 } }],
    ['a frame that is not told', { sender: { id: 1 } }],
    ['a frame inside the page', { senderFrame: { parent: ownFrame, origin: 'app://platter' }, sender: { id: 1 } }],
    ['another origin', { senderFrame: { parent: null, origin: 'https://example.org' }, sender: { id: 1 } }],
    ['an origin that begins like ours', { senderFrame: { parent: null, origin: 'app://platter.example.org' }, sender: { id: 1 } }],
    ['another host of our scheme', { senderFrame: { parent: null, origin: 'app://other' }, sender: { id: 1 } }],
    ['an opaque origin', { senderFrame: { parent: null, origin: 'null' }, sender: { id: 1 } }],
    ['contents that are no window of ours', { senderFrame: ownFrame, sender: { id: 2 } }],
  ])('are refused on every channel from %s', async (_from, event) => {
    for (const listener of register().values()) expect(await listener(event, {})).toMatchObject(refused);
  });

  test('bring one argument', async () => {
    expect(await register().get('state/get')?.({ senderFrame: ownFrame, sender: { id: 1 } }, {}, {})).toMatchObject(refused);
  });

  test('of an unknown frame are not ours', () => {
    expect(isOwnFrame(undefined)).toBe(false);
  });
});
