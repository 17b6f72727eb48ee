/** New images in the kernel's own hands: each that this kernel can mount is mounted, used and compared. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FileSystemName, FolderFormat } from '../../../electron/ipc/file-systems.ts';
import { make, makeFolder, makeSource, MIB, run } from './making-fixture.ts';

const known = new Set(
  readFileSync('/proc/filesystems', 'utf8')
    .split('\n')
    .map((line) => line.split('\t').at(-1)),
);

/** With the kernel's name of the driver; what it does not have is left out, and said. */
function mountable<T extends string>(drivers: Readonly<Partial<Record<T, string>>>): readonly T[] {
  const names = Object.keys(drivers) as T[];
  const missing = names.filter((name) => !known.has(drivers[name]));
  if (missing.length > 0) process.stdout.write(`Not mounted, since this kernel has no driver: ${missing.join(', ')}\n`);
  return names.filter((name) => known.has(drivers[name]));
}

async function mounted(path: string, options: string, work: (place: string) => void | Promise<void>): Promise<void> {
  const place = makeFolder();
  execFileSync('mount', ['-o', `loop,${options}`, path, place]);
  try {
    await work(place);
  } finally {
    execFileSync('umount', [place]);
  }
}

const writable = mountable<FileSystemName>({
  ext4: 'ext4',
  ext3: 'ext4',
  ext2: 'ext4',
  xfs: 'xfs',
  btrfs: 'btrfs',
  fat: 'vfat',
  exfat: 'exfat',
  ntfs: 'ntfs3',
});
test.each(writable.map((name) => [name]))('a new %s is mounted, and keeps what is written', async (fileSystem) => {
  const { path } = await make({ kind: 'file-system', sizeBytes: 320n * MIB, fileSystem, label: 'NEW' });
  await mounted(path, 'rw', (place) => {
    expect([statSync(place).uid, statSync(place).mode & 0o777]).toEqual([process.getuid?.(), 0o755]);
    writeFileSync(join(place, 'hello'), 'hello');
  });
  await mounted(path, 'ro', (place) => expect(readFileSync(join(place, 'hello'), 'utf8')).toBe('hello'));
});

// ext3 and ext2 are made by the same program in the same way.
const placed = writable.filter((name) => name !== 'ext3' && name !== 'ext2');
test.each(placed.map((name) => [name]))('a partition with %s is mounted where the table says it lies', async (fileSystem) => {
  const partition = { sizeBytes: 320n * MIB, content: fileSystem, label: '', name: '' };
  const { path } = await make({
    kind: 'partitions',
    sizeBytes: 1024n * MIB,
    table: 'gpt',
    partitions: [{ ...partition, sizeBytes: 16n * MIB, content: 'none' }, partition],
  });
  await mounted(path, `rw,offset=${17n * MIB},sizelimit=${320n * MIB}`, (place) => writeFileSync(join(place, 'hello'), 'hello'));
  await mounted(path, `ro,offset=${17n * MIB},sizelimit=${320n * MIB}`, (place) =>
    expect(readFileSync(join(place, 'hello'), 'utf8')).toBe('hello'),
  );
  run('sfdisk', '--verify', path);
});

const packed = mountable<FolderFormat>({ iso: 'iso9660', squashfs: 'squashfs', ext4: 'ext4', erofs: 'erofs' });
test.each(packed.map((name) => [name]))('the files of a folder are in a %s as they were', async (format) => {
  const source = makeSource();
  const { path } = await make({ kind: 'folder', folder: Buffer.from(source), format, label: '' });
  await mounted(path, 'ro', (place) => {
    run('diff', '-r', '--exclude=lost+found', source, place);
  });
});
