/** Text of /proc/PID: lines of maps, and stat with names that try to look like more. */
import { expect, test } from 'vitest';
import { parseMapsLine } from '../../../native-helper/linux/process-files.ts';
import { parseProcessStatus } from '../../../native-helper/linux/processes.ts';

test.each([
  ['7f0e8a000000-7f0e8a021000 rw-p 00000000 00:00 0 ', null],
  ['7ffd1c5f2000-7ffd1c613000 rw-p 00000000 00:00 0                          [stack]', null],
  [
    '7f0e8a000000-7f0e8a021000 r-xp 00001000 07:03 1234                       /run/media/me/a b',
    { deviceNumber: '7:3', inode: '1234', writes: false, path: '/run/media/me/a b' },
  ],
  ['55d0-55d1 r--s 00000000 103:1f 1 /x (deleted)', { deviceNumber: '259:31', inode: '1', writes: false, path: '/x (deleted)' }],
  ['55d0-55d1 rw-p 00000000 07:03 1 /x', { deviceNumber: '7:3', inode: '1', writes: false, path: '/x' }],
  ['55d0-55d1 rw-s 00000000 07:03 1 /x', { deviceNumber: '7:3', inode: '1', writes: true, path: '/x' }],
] as const)('%s', (line, mapped) => {
  expect(parseMapsLine(line)).toEqual(mapped);
});

const rest = (flags: number) => `S 1 1 1 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0`;

test('the name of a process cannot pass for the fields behind it', () => {
  expect(parseProcessStatus(`7 (a) S 2 (b) ${rest(0)}`)).toEqual({
    name: 'a) S 2 (b',
    startTime: 4711n,
    isKernelThread: false,
    isZombie: false,
    parent: 1,
  });
  expect(parseProcessStatus(`7 (x\u001b[31m) ${rest(0x20_0000)}`)).toMatchObject({ name: 'x\uFFFD[31m', isKernelThread: true });
  expect(parseProcessStatus(`7 (x) ${rest(0).replace('S', 'Z')}`)).toMatchObject({ isZombie: true });
  for (const text of ['', '7', '7 (x', '7 (x) S 1']) expect(parseProcessStatus(text)).toBeNull();
});
