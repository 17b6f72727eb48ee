/** Checking and repairing with the real tools: sound file systems, and ones that were really damaged. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkImage } from '../../../electron/maintenance/check-image.ts';
import { codeOf, makers, MIB, run, useWorkshop } from './maintenance-fixture.ts';

const { context, folder, makeFile, reports } = useWorkshop();

type Made = Exclude<keyof typeof makers, 'swap'>;

function make(type: Made, name = `${type}.img`): string {
  const path = makeFile(name, makers[type].bytes);
  makers[type].make(path);
  return path;
}

async function check(path: string, partition: number | null = null) {
  return checkImage(context, Buffer.from(path), { partition, mode: 'check' });
}

async function repair(path: string, partition: number | null = null) {
  return checkImage(context, Buffer.from(path), { partition, mode: 'repair' });
}

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(fd);
  }
}

function packedFolder(): string {
  const source = join(folder, `source-${readdirSync(folder).length}`);
  mkdirSync(source);
  writeFileSync(join(source, 'text'), 'some words that pack well\n'.repeat(20_000));
  return source;
}

/** Damage that each tool must see; and the repair, where there is one, must mend. */
const damages: Readonly<Partial<Record<Made, (path: string) => void>>> = {
  ext2: (path) => void run('debugfs', '-w', '-R', 'clri <2>', path),
  ext3: (path) => void run('debugfs', '-w', '-R', 'clri <11>', path),
  ext4: (path) => void run('debugfs', '-w', '-R', 'freeb 20 200', path),
  xfs: (path) => void run('xfs_db', '-x', '-c', 'agf 0', '-c', 'write -d freeblks 7', path),
  // The two copies of the allocation table say different things, and one of a cluster that nobody has.
  vfat: (path) => {
    const reserved = readFileSync(path).readUInt16LE(14) * 512;
    overwrite(path, reserved + 40, Buffer.alloc(200, 0x55));
  },
  // A file of the root folder whose entries do not agree with their checksum.
  exfat: (path) => {
    const boot = readFileSync(path).subarray(0, 512);
    const sector = 2 ** boot.readUInt8(108);
    const cluster = sector * 2 ** boot.readUInt8(109);
    const root = boot.readUInt32LE(88) * sector + (boot.readUInt32LE(96) - 2) * cluster;
    const entries = Buffer.alloc(96);
    entries.set([0x85, 2, 0x12, 0x34], 0);
    entries.set([0xc0, 0, 0, 1], 32);
    entries.set([0xc1, 0, 0x61], 64);
    overwrite(path, root + 96, entries);
  },
};

describe('a check', () => {
  test.each(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat', 'exfat', 'ntfs'] as const)(
    'finds a new %s clean, and writes nothing',
    async (type) => {
      const path = make(type);
      const before = readFileSync(path);
      expect(await check(path)).toMatchObject({ fileSystem: type, outcome: 'clean', partition: null });
      expect(readFileSync(path).equals(before)).toBe(true);
    },
  );

  test.each(['ext2', 'ext3', 'ext4', 'xfs', 'vfat', 'exfat'] as const)('finds the damage of %s, and a repair mends it', async (type) => {
    const path = make(type, `damaged-${type}.img`);
    damages[type]?.(path);
    const before = readFileSync(path);
    const found = await check(path);
    expect(found).toMatchObject({ outcome: 'damaged', refusal: null });
    expect(found.output).not.toBe('');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(reports.at(-1)).toEqual({ result: { kind: 'check', outcome: 'damaged' } });
    expect(await repair(path)).toMatchObject({ outcome: 'repaired' });
    expect(reports.at(-1)).toEqual({ result: { kind: 'check', outcome: 'repaired' } });
    expect(await check(path)).toMatchObject({ outcome: 'clean' });
  });

  test('of btrfs finds damage and says why it is not repaired', async () => {
    const path = make('btrfs', 'damaged-btrfs.img');
    // Both copies of the root of the extent tree, whose place the tools tell.
    const tree = /extent tree key \(EXTENT_TREE ROOT_ITEM 0\)/u;
    const dump = run('btrfs', 'inspect-internal', 'dump-tree', '-t', 'extent', path);
    expect(dump).toMatch(tree);
    const logical = Number(/^leaf (\d+) /mu.exec(dump)?.[1]);
    const places = run('btrfs-map-logical', '-l', String(logical), path).matchAll(/physical (\d+)/gu);
    for (const [, physical] of places) overwrite(path, Number(physical) + 200, Buffer.alloc(8000, 0xab));
    expect(await check(path)).toMatchObject({ outcome: 'damaged', refusal: 'btrfs' });
    expect(await codeOf(repair(path))).toBe('REPAIR_REFUSED');
  });

  test.each([
    ['squashfs', (source: string, path: string) => run('mksquashfs', source, path, '-quiet', '-no-progress')],
    ['erofs', (source: string, path: string) => run('mkfs.erofs', '-zlz4', path, source)],
  ] as const)('of %s reads everything, and finds a block that does not unpack', async (type, pack) => {
    const path = join(folder, `packed-${type}.img`);
    pack(packedFolder(), path);
    expect(await check(path)).toMatchObject({ fileSystem: type, outcome: 'clean', refusal: 'read-only-format' });
    const size = readFileSync(path).length;
    const where = type === 'squashfs' ? 96 : size - Math.min(4096, size / 4);
    overwrite(path, Math.floor(where), Buffer.alloc(400, 0xff));
    expect(await check(path)).toMatchObject({ outcome: 'damaged' });
    expect(await codeOf(repair(path))).toBe('REPAIR_REFUSED');
  });

  test('says how far e2fsck is', async () => {
    await check(make('ext4', 'progress.img'));
    expect(reports.some((report) => (report.bytesDone ?? 0n) > 0n && report.bytesTotal === BigInt(makers.ext4.bytes))).toBe(true);
  });

  test('refuses what nothing checks', async () => {
    expect(await codeOf(check(makeFile('empty.img', MIB)))).toBe('CHECK_UNSUPPORTED');
    const swap = makeFile('swap.img', makers.swap.bytes);
    makers.swap.make(swap);
    expect(await codeOf(check(swap))).toBe('CHECK_UNSUPPORTED');
    expect(await codeOf(check(join(folder, 'not-there.img')))).toBe('FILE_NOT_FOUND');
  });
});

describe('a partition of an image', () => {
  const start = 1 * MIB;

  function makeParted(type: 'ext4' | 'vfat'): string {
    const inner = make(type, `inner-${type}-${readdirSync(folder).length}.img`);
    const path = makeFile(`parted-${type}-${readdirSync(folder).length}.img`, makers[type].bytes + 2 * MIB);
    run('sh', '-c', `printf 'label: gpt\\nstart=2048, size=${makers[type].bytes / 512}\\n' | sfdisk -q ${path}`);
    overwrite(path, start, readFileSync(inner));
    return path;
  }

  test('with ext4 is checked and repaired where it lies', async () => {
    const path = makeParted('ext4');
    expect(await check(path, 1)).toMatchObject({ partition: 1, fileSystem: 'ext4', outcome: 'clean', refusal: null });
    run('debugfs', '-w', '-R', 'freeb 20 200', `${path}?offset=${start}`);
    expect(await check(path, 1)).toMatchObject({ outcome: 'damaged' });
    expect(await repair(path, 1)).toMatchObject({ outcome: 'repaired' });
    expect(await check(path, 1)).toMatchObject({ outcome: 'clean' });
    expect(run('sfdisk', '-V', path)).toContain('No errors');
  });

  test('with FAT is checked in a copy, and its repair refused with the reason', async () => {
    const path = makeParted('vfat');
    const cache = join(folder, 'cache');
    const before = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = cache;
    try {
      expect(await check(path, 1)).toMatchObject({ partition: 1, fileSystem: 'vfat', outcome: 'clean', refusal: 'partition' });
      expect(readdirSync(join(cache, 'platter'))).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = before;
    }
    expect(await codeOf(repair(path, 1))).toBe('REPAIR_REFUSED');
    expect(await codeOf(check(path, 7))).toBe('NO_SUCH_PARTITION');
  });
});
