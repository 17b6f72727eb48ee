import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOver } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createAudit, withAudit, withDenialsAudited } from '../../../native-helper/authorization/audit.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import type { HelperHandlers, RequestContext } from '../../../native-helper/rpc/handlers.ts';
import { logLine, type LogFields } from '../../../native-helper/rpc/log.ts';

const request: RequestContext = { signal: new AbortController().signal, descriptors: [] };

function setUp(handlers: object) {
  const lines: [event: string, fields: LogFields][] = [];
  const owners = new Map([['5:77', 1001]]);
  const audit = createAudit({
    uid: 1000,
    mainPid: 4242,
    records: { ownerOf: (number, diskseq) => owners.get(`${number}:${diskseq}`) ?? null },
    log: (event, fields = {}) => lines.push([event, fields]),
  });
  return { lines, owners, audit, handlers: withAudit(handlers as HelperHandlers, audit) };
}

const target = { device: 5, diskseq: '77' } as never;

test('writes who did what to which device of whom, also when its record is gone afterwards', async () => {
  const { lines, handlers, owners } = setUp({
    'devices/rescan': async () => {
      owners.clear();
      return {};
    },
  });
  await handlers['devices/rescan'](target, request);
  expect(lines, 'the reply goes first').toEqual([]);
  await turnOver();
  expect(lines).toEqual([['action', { uid: 1000, mainPid: 4242, method: 'devices/rescan', ownerUid: 1001, device: 5, outcome: 'done' }]]);
});

test('writes the device that was attached, and the file it was attached to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platter-audit-'));
  const path = join(folder, 'a\n"event":"forged".img');
  writeFileSync(path, '');
  const fd = openSync(path, 'r');
  try {
    const { lines, handlers } = setUp({ 'devices/attach': () => ({ device: { number: 9 } }) });
    void handlers['devices/attach']({} as never, { ...request, descriptors: [fd] });
    await turnOver();
    const [[event, fields] = ['', {}]] = lines;
    expect(fields).toMatchObject({ device: 9, file: path, outcome: 'done' });
    // One line, whatever the name.
    expect(logLine(event, fields).trimEnd()).not.toMatch(/[^ -~]/u);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});

test('a file that was attached is named by its device, as the kernel says it', async () => {
  const { lines, handlers } = setUp({ 'devices/attach': () => ({ device: { number: 9, backingFile: { text: '/images/a.img' } } }) });
  void handlers['devices/attach']({} as never, { ...request, descriptors: [0] });
  await turnOver();
  expect(lines[0]?.[1]).toMatchObject({ file: '/images/a.img' });
});

test('answers that come at once stay that way', () => {
  const { handlers } = setUp({ 'nodes/find-free': () => 3 });
  expect(handlers['nodes/find-free']({}, request)).toBe(3);
});

test('writes the code of a failure, and passes it on', async () => {
  const error = new HelperError('DEVICE_BUSY', { errno: 16 });
  const { lines, handlers, audit } = setUp({
    'devices/rescan': () => {
      throw error;
    },
    'devices/set-capacity': () => Promise.reject(new TypeError('a fault')),
  });
  expect(() => handlers['devices/rescan'](target, request)).toThrow(error);
  await expect(handlers['devices/set-capacity'](target, request)).rejects.toThrow(TypeError);
  const denied = new HelperError('NOT_AUTHORIZED');
  const authorize = withDenialsAudited(() => Promise.reject(denied), audit);
  await expect(authorize('devices/detach', { ...(target as object), whenFree: false } as never, request)).rejects.toBe(denied);
  await turnOver();
  expect(lines.map(([, { method, outcome, errno }]) => [method, outcome, errno])).toEqual([
    ['devices/rescan', 'DEVICE_BUSY', 16],
    ['devices/set-capacity', 'INTERNAL', undefined],
    ['devices/detach', 'NOT_AUTHORIZED', undefined],
  ]);
});

test('looking leaves no line', async () => {
  const { lines, handlers } = setUp({ 'devices/list': () => ({}) });
  void handlers['devices/list']({}, request);
  await turnOver();
  expect(lines).toEqual([]);
});
