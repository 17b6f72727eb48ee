import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bind, call, close, recvfrom, socket } from '../../../native-helper/linux/ffi.ts';
import { SystemLog } from '../../../native-helper/linux/syslog.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-syslog-'));
const path = join(folder, 'log');
afterAll(() => rmSync(folder, { recursive: true }));

/** A log daemon, as far as its socket goes. */
function listen(): number {
  const fd = call('socket', () => socket(1, 2 | 0o4000, 0));
  const address = Buffer.alloc(110);
  address.writeUInt16LE(1, 0);
  address.write(path, 2, 'latin1');
  call('bind', () => bind(fd, address));
  return fd;
}

function receive(fd: number): string {
  const message = Buffer.alloc(4096);
  const length = call('recvfrom', () => recvfrom(fd, message, 0, Buffer.alloc(110), Buffer.from([110, 0, 0, 0])));
  return message.toString('latin1', 0, length);
}

test('sends lines as syslog(3) does, finds a daemon that was started anew, and does without one', () => {
  const log = new SystemLog('platter-helper', path);
  const first = listen();
  expect(log.write(() => '{"event":"action"}')).toBe(true);
  expect(receive(first)).toMatch(/^<86>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d platter-helper\[\d+\]: \{"event":"action"\}$/u);
  close(first);
  rmSync(path);
  const second = listen();
  expect(log.write(() => 'again')).toBe(true);
  expect(receive(second)).toMatch(/: again$/u);
  close(second);
  rmSync(path);
  expect(log.write(() => 'lost')).toBe(false);
  log.close();
});

test('a full queue costs the lines for which there is no room, and no others; their number is told', () => {
  const log = new SystemLog('platter-helper', path);
  const daemon = listen();
  let written = 0;
  // As any user may fill it; the kernel takes a few (net.unix.max_dgram_qlen).
  while (log.write(() => 'filling')) written += 1;
  expect(written).toBeGreaterThan(0);
  expect([log.write(() => 'lost'), log.write(() => 'lost too')]).toEqual([false, false]);
  for (let left = written; left > 0; left -= 1) expect(receive(daemon)).toMatch(/: filling$/u);
  expect([log.write(() => 'heard'), log.write(() => 'and this')]).toEqual([true, true]);
  expect([receive(daemon), receive(daemon), receive(daemon)].map((line) => line.replace(/^.*\]: /u, ''))).toEqual([
    '{"event":"log-lines-lost","lines":3}',
    'heard',
    'and this',
  ]);
  log.close();
  close(daemon);
  rmSync(path);
});
