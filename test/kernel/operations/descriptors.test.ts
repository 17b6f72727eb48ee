/** SECURITY.md (e) rows 31 to 34: what may come as an image, and what not. */
import { execFileSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSocketPair } from '../../../electron/helper/socket-pair.ts';
import { createEventDescriptor, makeMemoryFile, pidfdOpen } from '../../../native-helper/linux/descriptors.ts';
import { fromKernelText } from '../../../native-helper/protocol/scalars.ts';
import { detachDevice } from '../loop-fixture.ts';
import { codeOf, useOperations } from './operations-fixture.ts';

const MIB = 1024 * 1024;
const O_PATH = 0o1000_0000;
const operations = useOperations();
const { loop } = operations;

/** Every request that takes a descriptor, with this one. */
async function refusals(fd: number): Promise<string[]> {
  const status = {
    readOnly: false,
    offsetBytes: '0',
    sizeLimitBytes: '0',
    partitionScan: false,
    autoclear: false,
    reference: null,
  } as const;
  const target = await loop.attach(loop.makeImage('target.img', MIB), { readOnly: true });
  const codes = [
    await codeOf(operations.attachDescriptor(fd)),
    await codeOf(operations.call('devices/attach-legacy', { statusCall: 'LOOP_SET_STATUS64', ...status }, [fd])),
    await codeOf(operations.call('devices/change-backing-file', { device: target.number, diskseq: String(target.diskseq) }, [fd])),
  ];
  expect(loop.census()).toEqual([target.number]);
  await detachDevice(target);
  return codes;
}

const always = (code: string): string[] => [code, code, code];

describe('a descriptor that must be refused', () => {
  test.each([
    ['a file that is open for writing only', constants.O_WRONLY, 'IMAGE_WRITE_ONLY'],
    ['a file that is open for appending', constants.O_RDWR | constants.O_APPEND, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['a file that is not really open', O_PATH, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['a file open past the page cache', constants.O_RDWR | constants.O_DIRECT, 'IMAGE_DESCRIPTOR_REFUSED'],
  ])('%s', async (_, flags, code) => {
    expect(await refusals(loop.open(loop.makeImage('flags.img', MIB), flags))).toEqual(always(code));
  });

  test('a directory, a FIFO and devices that are no disks', async () => {
    const fifo = join(loop.folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(await refusals(loop.open(loop.folder, constants.O_RDONLY))).toEqual(always('IMAGE_NOT_REGULAR'));
    expect(await refusals(loop.open(loop.folder, constants.O_RDONLY | constants.O_DIRECTORY))).toEqual(always('IMAGE_NOT_REGULAR'));
    expect(await refusals(loop.open(fifo, constants.O_RDWR | constants.O_NONBLOCK))).toEqual(always('IMAGE_NOT_REGULAR'));
    expect(await refusals(loop.open(fifo, constants.O_RDONLY | constants.O_NONBLOCK))).toEqual(always('IMAGE_NOT_REGULAR'));
    expect(await refusals(loop.open('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY))).toEqual(always('IMAGE_NOT_REGULAR'));
    expect(await refusals(loop.open('/dev/zero'))).toEqual(always('IMAGE_NOT_REGULAR'));
    expect(await refusals(loop.open('/dev/null'))).toEqual(always('IMAGE_NOT_REGULAR'));
  });

  test('a socket', async () => {
    const { ours, theirs } = createSocketPair();
    loop.keep(theirs);
    expect(await refusals(loop.keep(ours))).toEqual(always('IMAGE_NOT_REGULAR'));
  });

  test('what the kernel makes of nothing: an event descriptor, a process, an empty memory file', async () => {
    expect(await refusals(loop.keep(createEventDescriptor()))).toEqual(always('IMAGE_NOT_REGULAR'));
    expect(await refusals(loop.keep(makeMemoryFile(new Uint8Array(0))))).toEqual(always('IMAGE_TOO_SMALL'));
    const [code] = await refusals(loop.keep(pidfdOpen(process.pid)));
    expect(['IMAGE_NOT_REGULAR', 'IMAGE_PSEUDO_FILE', 'IMAGE_DESCRIPTOR_REFUSED']).toContain(code);
  });

  test.each(['/proc/version', '/proc/self/mem', '/sys/kernel/uevent_seqnum'])('%s', async (path) => {
    expect(await refusals(loop.open(path, constants.O_RDONLY))).toEqual(always('IMAGE_PSEUDO_FILE'));
  });

  test.each([
    ['cgroup2', 'cgroup.procs'],
    ['debugfs', 'sleep_time'],
  ])('a file of %s', async (type, wanted) => {
    const place = join(loop.folder, type);
    mkdirSync(place);
    execFileSync('mount', ['-t', type, 'none', place]);
    try {
      const names = readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isFile());
      const name = names.find((entry) => entry.name === wanted)?.name ?? names[0]?.name ?? '';
      const fd = loop.open(join(place, name), constants.O_RDONLY);
      expect(await refusals(fd)).toEqual(always('IMAGE_PSEUDO_FILE'));
      loop.close(fd);
    } finally {
      execFileSync('umount', [place]);
    }
  });

  test('a character device that a user may read is not mistaken for storage', async () => {
    const link = join(loop.folder, 'link');
    symlinkSync('/dev/urandom', link);
    expect(await refusals(loop.open(link, constants.O_RDONLY))).toEqual(always('IMAGE_NOT_REGULAR'));
  });
});

describe('a descriptor that looks odd and is fine', () => {
  test('a running program, opened for reading', async () => {
    const program = join(loop.folder, 'program');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    const { device, readOnlyReason } = await operations.attach(program, { readOnly: true }, constants.O_RDONLY);
    expect({ readOnly: device.readOnly, readOnlyReason }).toEqual({ readOnly: true, readOnlyReason: 'requested' });
  });

  test.each([
    ['a newline', Buffer.from('new\nline.img')],
    ['markup', Buffer.from('<img src=x onerror=alert(1)>.img')],
    ['an escape sequence', Buffer.from('\u001B[31mred.img')],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x2e, 0x69, 0x6d, 0x67])],
    ['the suffix of deleted files', Buffer.from('x (deleted)')],
    ['255 bytes', Buffer.alloc(255, 'n')],
  ])('a name with %s', async (_, name) => {
    const path = loop.makeImage(name, MIB);
    const { device } = await operations.attach(path);
    const isDeletedName = name.toString('latin1').endsWith(' (deleted)');
    expect(device.backingFileState).toBe(isDeletedName ? 'deleted' : 'named');
    if (device.backingFile === null) throw new Error('no name');
    const bytes = fromKernelText(device.backingFile);
    expect(Buffer.concat([bytes, Buffer.from(isDeletedName ? ' (deleted)' : '')])).toEqual(path);
  });

  test('synchronous and non-blocking writing', async () => {
    const path = loop.makeImage('sync.img', MIB);
    writeFileSync(path, Buffer.alloc(MIB, 1));
    const { device } = await operations.attach(path, {}, constants.O_RDWR | constants.O_SYNC | constants.O_NONBLOCK | constants.O_NOATIME);
    expect(device.readOnly).toBe(false);
  });
});
