/** New images, looked at with the tools of their file systems. Needs no root; what the kernel mounts is in mounted.test.ts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileSystemNames, fileSystemRules, type FileSystemName } from '../../../electron/ipc/file-systems.ts';
import { allocatedBytes, codeOf, make, makeFolder, makeSource, MIB, namesIn, placeOf, probe, run } from './making-fixture.ts';

/** blkid's name, and the program that finds nothing wrong in what was made. */
const checks: Readonly<Record<FileSystemName, { readonly type: string; readonly check: readonly [string, ...string[]] | null }>> = {
  ext4: { type: 'ext4', check: ['e2fsck', '-fn'] },
  ext3: { type: 'ext3', check: ['e2fsck', '-fn'] },
  ext2: { type: 'ext2', check: ['e2fsck', '-fn'] },
  xfs: { type: 'xfs', check: ['xfs_repair', '-n', '-f'] },
  btrfs: { type: 'btrfs', check: ['btrfs', 'check', '--readonly', '--force'] },
  fat: { type: 'vfat', check: ['fsck.fat', '-n'] },
  exfat: { type: 'exfat', check: ['fsck.exfat', '-n'] },
  ntfs: { type: 'ntfs', check: ['ntfsfix', '-n'] },
  swap: { type: 'swap', check: null },
};

describe('a new image', () => {
  test('that is empty has its size and takes no room', async () => {
    const { path } = await make({ kind: 'empty', sizeBytes: 64n * MIB });
    expect([statSync(path).size, allocatedBytes(path), namesIn(join(path, '..'))]).toEqual([64 * 1024 * 1024, 0, ['disk.img']]);
  });

  test('that is reserved has all its room, also after a file system was made in it', async () => {
    const empty = await make({ kind: 'empty', sizeBytes: 8n * MIB }, { reserved: true });
    const full = await make({ kind: 'file-system', sizeBytes: 16n * MIB, fileSystem: 'ext4', label: '' }, { reserved: true });
    expect(allocatedBytes(empty.path)).toBeGreaterThanOrEqual(8 * 1024 * 1024);
    expect(allocatedBytes(full.path)).toBeGreaterThanOrEqual(16 * 1024 * 1024);
    run('e2fsck', '-fn', full.path);
  });

  test.each(fileSystemNames.map((name) => [name]))(
    'of the smallest size holds %s with its label, and its checker agrees',
    async (fileSystem) => {
      const { smallestBytes } = fileSystemRules[fileSystem];
      const label = fileSystem === 'exfat' || fileSystem === 'ntfs' ? 'Größe 1' : fileSystem === 'xfs' ? 'Label' : 'LABEL 1';
      const { path } = await make({ kind: 'file-system', sizeBytes: smallestBytes, fileSystem, label });
      const { type, check } = checks[fileSystem];
      expect(probe(path)).toMatchObject({ type, label });
      expect(statSync(path).size).toBe(Number(smallestBytes));
      if (check !== null) run(check[0], ...check.slice(1), path);
    },
  );

  test('takes little more room than its structures, and grows no further by being used', async () => {
    const { path } = await make({ kind: 'file-system', sizeBytes: 4096n * MIB, fileSystem: 'ext4', label: '' });
    expect(allocatedBytes(path)).toBeLessThan(8 * 1024 * 1024);
    const xfs = await make({ kind: 'file-system', sizeBytes: 1024n * MIB, fileSystem: 'xfs', label: '' });
    // Its log is written in full, and is not all zeroes.
    expect(allocatedBytes(xfs.path)).toBeLessThan(70 * 1024 * 1024);
  });

  test.each(['gpt', 'mbr'] as const)('with a %s has every partition where it was laid out, and what is in it', async (table) => {
    const names = table === 'gpt' ? ['EFI "boot"', 'größe\\x41', '-', 'rest'] : ['', '', '', ''];
    const { path } = await make({
      kind: 'partitions',
      sizeBytes: 1024n * MIB,
      table,
      partitions: [
        { sizeBytes: 64n * MIB, content: 'efi', label: 'EFI', name: names[0] ?? '' },
        { sizeBytes: 320n * MIB, content: 'xfs', label: 'xfs', name: names[1] ?? '' },
        { sizeBytes: 64n * MIB, content: 'none', label: '', name: names[3] ?? '' },
        { sizeBytes: null, content: 'ext4', label: 'home', name: '' },
      ],
    });
    const { partitiontable } = JSON.parse(run('sfdisk', '--json', path)) as {
      partitiontable: { label: string; partitions: { start: number; size: number; type: string; name?: string }[] };
    };
    expect(partitiontable.label).toBe(table === 'gpt' ? 'gpt' : 'dos');
    expect(partitiontable.partitions.map(({ start, name }) => [start, name ?? ''])).toEqual([
      [2048, names[0]],
      [133_120, names[1]],
      [788_480, names[3]],
      [919_552, ''],
    ]);
    const found = partitiontable.partitions.map(({ start }) => probe(path, '-O', String(start * 512)));
    expect(found.map(({ type, label }) => [type, label])).toEqual([
      ['vfat', 'EFI'],
      ['xfs', 'xfs'],
      ['', ''],
      ['ext4', 'home'],
    ]);
    run('sfdisk', '--verify', path);
    // The last one fills what is left: up to the copy of the table, or to the end.
    const last = partitiontable.partitions.at(-1);
    expect((last?.start ?? 0) + (last?.size ?? 0)).toBe(table === 'gpt' ? 2_095_104 : 2_097_152);
  });

  test('is never made in place of a file, a folder or a link that leads nowhere', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'disk.img'), 'mine');
    execFileSync('ln', ['-s', 'nowhere', join(folder, 'link.img')]);
    const contents = { kind: 'empty', sizeBytes: MIB } as const;
    expect(await codeOf(make(contents, { place: placeOf(folder) }))).toBe('FILE_EXISTS');
    expect(await codeOf(make(contents, { place: placeOf(folder, 'link.img') }))).toBe('FILE_EXISTS');
    expect(readFileSync(join(folder, 'disk.img'), 'utf8')).toBe('mine');
    expect(namesIn(folder)).toEqual(['disk.img', 'link.img']);
  });

  test.each([
    ['a newline', 'a\nb.img'],
    ['quotes and a dash', `-n"'$(x)`],
    ['255 bytes', 'ä'.repeat(127) + 'x'],
    ['a right-to-left mark', '\u202Egmi.ksid'],
  ])('can have a name with %s', async (_what, name) => {
    const { path } = await make(
      { kind: 'file-system', sizeBytes: 4n * MIB, fileSystem: 'ext4', label: '' },
      { place: placeOf(makeFolder(), name) },
    );
    expect(probe(path).type).toBe('ext4');
  });

  test('in a folder whose name is not UTF-8 is made there', async () => {
    const folder = Buffer.concat([Buffer.from(`${makeFolder()}/`), Buffer.from([0x66, 0xff, 0x6f])]);
    mkdirSync(folder);
    const place = { folder, name: Buffer.from('disk.img') };
    await make(
      { kind: 'partitions', sizeBytes: 400n * MIB, table: 'gpt', partitions: [{ sizeBytes: null, content: 'btrfs', label: '', name: '' }] },
      { place },
    );
    expect(statSync(Buffer.concat([folder, Buffer.from('/disk.img')])).size).toBe(400 * 1024 * 1024);
  });

  test('is refused before anything is made where something does not fit', async () => {
    const folder = makeFolder();
    const place = placeOf(folder);
    const sized = { kind: 'file-system', sizeBytes: 64n * MIB, fileSystem: 'ext4', label: '' } as const;
    const codes = [
      await codeOf(make({ ...sized, label: 'seventeen letters' }, { place })),
      await codeOf(make({ ...sized, label: '-O' }, { place })),
      await codeOf(make({ ...sized, fileSystem: 'xfs' }, { place })),
      await codeOf(make({ kind: 'empty', sizeBytes: 1000n }, { place })),
      await codeOf(make({ kind: 'empty', sizeBytes: 2n ** 60n }, { place })),
      await codeOf(make({ kind: 'empty', sizeBytes: 2n ** 50n }, { place, reserved: true })),
      await codeOf(make(sized, { place: placeOf(folder, 'a/b') })),
      await codeOf(make(sized, { place: placeOf(folder, '..') })),
      await codeOf(make(sized, { place: placeOf(folder, 'x'.repeat(256)) })),
      await codeOf(make(sized, { place: placeOf(join(folder, 'nowhere')) })),
      await codeOf(
        make(
          {
            kind: 'partitions',
            sizeBytes: 64n * MIB,
            table: 'gpt',
            partitions: [{ sizeBytes: 64n * MIB, content: 'ext4', label: '', name: '' }],
          },
          { place },
        ),
      ),
      await codeOf(make({ kind: 'folder', folder: Buffer.from(folder), format: 'iso', label: '' }, { place })),
    ];
    expect(codes).toEqual([
      'LABEL_INVALID',
      'LABEL_INVALID',
      'SIZE_INVALID',
      'SIZE_INVALID',
      'FILE_TOO_LARGE',
      'NO_SPACE',
      'FILE_NAME_INVALID',
      'FILE_NAME_INVALID',
      'FILE_NAME_INVALID',
      'FOLDER_NOT_FOUND',
      'LAYOUT_INVALID',
      'NEW_IMAGE_INSIDE',
    ]);
    expect(namesIn(folder)).toEqual([]);
  });
});

describe('a copy', () => {
  test('has the same bytes, and holes where there are zeroes', async () => {
    const source = join(makeFolder(), 'source.img');
    writeFileSync(source, Buffer.concat([Buffer.alloc(1024 * 1024, 'x'), Buffer.alloc(8 * 1024 * 1024), Buffer.from('end')]));
    truncateSync(source, 32 * 1024 * 1024 + 5);
    const { path, reports } = await make({ kind: 'copy', source: Buffer.from(source) });
    run('cmp', source, path);
    expect(allocatedBytes(path)).toBeLessThan(2 * 1024 * 1024);
    expect(reports[0]).toMatchObject({ bytesDone: 0n });
  });

  test('may have all its room reserved', async () => {
    const source = join(makeFolder(), 'source.img');
    writeFileSync(source, 'x');
    truncateSync(source, 4 * 1024 * 1024);
    const { path } = await make({ kind: 'copy', source: Buffer.from(source) }, { reserved: true });
    run('cmp', source, path);
    expect(allocatedBytes(path)).toBeGreaterThanOrEqual(4 * 1024 * 1024);
  });

  test('of what is not there, a folder or a pipe is refused', async () => {
    const folder = makeFolder();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const copy = async (source: string): Promise<string> => codeOf(make({ kind: 'copy', source: Buffer.from(source) }));
    expect([await copy(join(folder, 'none')), await copy(folder), await copy(join(folder, 'pipe'))]).toEqual([
      'FILE_NOT_FOUND',
      'FILE_IS_FOLDER',
      'FILE_NOT_REGULAR',
    ]);
  });
});

describe('an image of a folder', () => {
  test('as ISO 9660 has Rock Ridge and Joliet names, and every file', async () => {
    const source = makeSource();
    const { path } = await make({ kind: 'folder', folder: Buffer.from(source), format: 'iso', label: 'My Disc' });
    expect(probe(path)).toMatchObject({ type: 'iso9660', label: 'My Disc' });
    const extracted = makeFolder();
    run('xorriso', '-osirrox', 'on', '-indev', path, '-extract', '/', extracted);
    run('diff', '-r', source, extracted);
    expect(run('xorriso', '-indev', path, '-pvd_info')).toContain('My Disc');
    // Supplementary volume descriptor with the Joliet escape sequence, in sector 17 or after.
    const head = readFileSync(path).subarray(16 * 2048, 24 * 2048);
    expect(head.includes(Buffer.from('%/E')) || head.includes(Buffer.from('%/@'))).toBe(true);
  });

  test('as squashfs, ext4 and EROFS has every file', async () => {
    const source = makeSource();
    const squashfs = await make({ kind: 'folder', folder: Buffer.from(source), format: 'squashfs', label: '' });
    const unpacked = join(makeFolder(), 'out');
    run('unsquashfs', '-q', '-n', '-d', unpacked, squashfs.path);
    run('diff', '-r', source, unpacked);
    const ext4 = await make({ kind: 'folder', folder: Buffer.from(source), format: 'ext4', label: 'files' });
    run('e2fsck', '-fn', ext4.path);
    const dumped = makeFolder();
    run('debugfs', '-R', `rdump / ${dumped}`, ext4.path);
    run('rmdir', join(dumped, 'lost+found'));
    run('diff', '-r', source, dumped);
    const erofs = await make({ kind: 'folder', folder: Buffer.from(source), format: 'erofs', label: '' });
    expect(probe(erofs.path).type).toBe('erofs');
    run('fsck.erofs', erofs.path);
  });

  test('with very many small files has an inode for each', async () => {
    const source = makeFolder();
    for (let index = 0; index < 1500; index += 1) writeFileSync(join(source, `file-${index}`), 'x');
    const { path } = await make({ kind: 'folder', folder: Buffer.from(source), format: 'ext4', label: '' });
    run('e2fsck', '-fn', path);
    expect(run('debugfs', '-R', 'stat /file-1499', path)).toContain('Size: 1');
  });
});
