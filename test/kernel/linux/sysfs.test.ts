/** What sysfs says of attached devices, the names of backing files above all (LOOP.md §2.2), and that the fast scan says the same. */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { addPartition, deletePartition } from '../../../native-helper/linux/block-device.ts';
import { closeDescriptor, fileFacts } from '../../../native-helper/linux/descriptors.ts';
import { loopFlags } from '../../../native-helper/linux/loop-device.ts';
import { scanLoopDevice } from '../../../native-helper/linux/loop-scan.ts';
import {
  isBound,
  listHolders,
  listLoopNumbers,
  listPartitionNames,
  readBackingFile,
  readDiskseq,
  readLoopAttributes,
  readPartition,
} from '../../../native-helper/linux/sysfs.ts';
import { useLoopFixture, type AttachOptions } from '../loop-fixture.ts';

const fixture = useLoopFixture();

function bytesOf(number: number): Buffer | string {
  const file = readBackingFile(number);
  return file.kind === 'bytes' ? Buffer.from(file.bytes) : file.kind;
}

describe('the name of the backing file', () => {
  test.each([
    ['plain', Buffer.from('plain.img')],
    ['longer than 64 bytes', Buffer.from('x'.repeat(200))],
    ['with a newline in the middle and at the end', Buffer.from('a\nb\n')],
    ['with quotes, tab and backslash', Buffer.from('"\t\\\'')],
    ['not UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x80])],
    ['really ending in " (deleted)"', Buffer.from('x (deleted)')],
  ])('is exact when it is %s', async (_, name) => {
    const path = fixture.makeImage(name, 4096);
    const { number } = await fixture.attach(path);
    expect(bytesOf(number)).toEqual(path);
  });

  test('follows a rename', async () => {
    const { number } = await fixture.attach(fixture.makeImage('before.img', 4096));
    renameSync(`${fixture.folder}/before.img`, `${fixture.folder}/after.img`);
    expect(bytesOf(number)).toEqual(Buffer.from(`${fixture.folder}/after.img`));
  });

  test('ends in " (deleted)" when it was unlinked, also while another name is left', async () => {
    const path = fixture.makeImage('twin.img', 4096);
    const { number } = await fixture.attach(path);
    linkSync(path, `${fixture.folder}/second-name.img`);
    unlinkSync(path);
    expect(bytesOf(number)).toEqual(Buffer.concat([path, Buffer.from(' (deleted)')]));
  });

  test('is too long above 4 KiB', async () => {
    const start = process.cwd();
    try {
      process.chdir(fixture.folder);
      for (let depth = 0; depth < 20; depth++) {
        mkdirSync('d'.repeat(250));
        process.chdir('d'.repeat(250));
      }
      const fd = fixture.keep(openSync('image', 'w+'));
      writeSync(fd, Buffer.alloc(4096));
      const { number, diskseq } = await fixture.attachDescriptor(fd);
      expect(readBackingFile(number)).toEqual({ kind: 'too-long' });
      expect(readLoopAttributes(number)).toMatchObject({ diskseq, backingFile: { kind: 'too-long' } });
      expect(scanLoopDevice(number)).toMatchObject({ diskseq, inode: fileFacts(fd).inode });
    } finally {
      process.chdir(start);
    }
  });

  test('is the node when it is a block device', async () => {
    const lower = await fixture.attach(fixture.makeImage('lower.img', 4096));
    const upper = await fixture.attach(`/dev/loop${lower.number}`);
    expect(bytesOf(upper.number)).toEqual(Buffer.from(`/dev/loop${lower.number}`));
  });
});

const settings: readonly (readonly [string, AttachOptions])[] = [
  ['plain', {}],
  ['limited', { offsetBytes: 4096n, sizeLimitBytes: 8192n, logicalBlockSizeBytes: 4096, reference: 'name' }],
  ['read-only with partition scan', { readOnly: true, flags: loopFlags.partitionScan }],
];

test.each(settings)('sysfs and the scan of root say the same of a device that is %s', async (_, options) => {
  const path = fixture.makeImage('same.img', 65_536);
  const { number, diskseq } = await fixture.attach(path, options);
  const { device, inode } = fileFacts(fixture.open(path));
  const attributes = readLoopAttributes(number);
  expect(attributes).toEqual({
    number,
    diskseq,
    sizeBytes: options.sizeLimitBytes ?? 65_536n,
    readOnly: options.readOnly === true,
    autoclear: false,
    partitionScan: options.flags === loopFlags.partitionScan,
    directIo: false,
    offsetBytes: options.offsetBytes ?? 0n,
    sizeLimitBytes: options.sizeLimitBytes ?? 0n,
    logicalBlockSizeBytes: options.logicalBlockSizeBytes ?? 512,
    backingFile: { kind: 'bytes', bytes: new Uint8Array(path) },
  });
  const { reference, ...scanned } = scanLoopDevice(number) ?? { reference: new Uint8Array(0) };
  expect(scanned).toEqual({ ...attributes, device, inode, rdevice: 0n });
  expect(Buffer.from(reference).toString()).toBe(options.reference ?? '');
});

test('losetup says the same', async () => {
  const path = fixture.makeImage('losetup.img', 65_536);
  const { number } = await fixture.attach(path, { offsetBytes: 512n, sizeLimitBytes: 1024n });
  const columns = 'NAME,OFFSET,SIZELIMIT,RO,AUTOCLEAR,BACK-FILE,LOG-SEC';
  const { stdout } = spawnSync('losetup', ['--noheadings', '--raw', '--list', '--output', columns, `/dev/loop${number}`], {
    encoding: 'utf8',
  });
  const said = readLoopAttributes(number);
  expect(stdout.trim()).toBe(
    `/dev/loop${number} ${said?.offsetBytes} ${said?.sizeLimitBytes} 0 0 ${path.toString()} ${said?.logicalBlockSizeBytes}`,
  );
});

test('a device that is not attached, or does not exist, has no attributes', () => {
  const unbound = fixture.addNode();
  const missing = 1_048_575;
  expect([unbound, missing].map((number) => [readLoopAttributes(number), scanMaybe(number), isBound(number)])).toEqual([
    [null, null, false],
    [null, null, false],
  ]);
  expect([readDiskseq(missing), readPartition(missing, 1), listHolders(missing)]).toEqual([null, null, []]);
  expect(listLoopNumbers()).toContain(unbound);
});

/** A node that does not exist must not be opened: opening it could make the device. */
function scanMaybe(number: number): unknown {
  return listLoopNumbers().includes(number) ? scanLoopDevice(number) : null;
}

test('partitions are listed and described in bytes', async () => {
  const { number } = await fixture.attach(fixture.makeImage('partitions.img', 65_536), { readOnly: true });
  const fd = fixture.openDevice(number, 'read');
  addPartition(fd, { partition: 10, startBytes: 4096n, sizeBytes: 8192n });
  addPartition(fd, { partition: 2, startBytes: 16_384n, sizeBytes: 512n });
  try {
    expect(listPartitionNames().get(number)).toEqual([2, 10]);
    const { deviceNumber, ...partition } = readPartition(number, 10) ?? { deviceNumber: '' };
    expect(deviceNumber).toBe(readFileSync(`/sys/block/loop${number}/loop${number}p10/dev`, 'utf8').trim());
    expect(partition).toEqual({
      partition: 10,
      startBytes: 4096n,
      sizeBytes: 8192n,
      readOnly: true,
    });
    expect([readPartition(number, 3), listHolders(number, 2), listHolders(number)]).toEqual([null, [], []]);
  } finally {
    deletePartition(fd, 2);
    deletePartition(fd, 10);
  }
  expect(listPartitionNames().has(number)).toBe(false);
});

test('reading many devices over and over leaves no descriptor open', async () => {
  const { number } = await fixture.attach(fixture.makeImage('leak.img', 4096));
  const unbound = fixture.addNode();
  const readAll = (): void => {
    for (const device of [number, unbound]) {
      readLoopAttributes(device);
      scanLoopDevice(device);
      isBound(device);
    }
  };
  readAll();
  const lowestFree = (): number => {
    const fd = openSync('/dev/null', 'r');
    closeDescriptor(fd);
    return fd;
  };
  const before = lowestFree();
  for (let count = 0; count < 50; count++) readAll();
  expect(lowestFree()).toBe(before);
});
