/** Inspection of what the system's tools have made, against what these tools themselves say of it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import type { InspectedContent, Inspection } from '../../../electron/ipc/inspection.ts';
import { compressed, containers, fileSystems, MIB, tables } from './made-by-tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-made-'));
const worker = new ImageWorker();
const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };
let made = 0;

afterAll(async () => {
  await worker.close();
  rmSync(folder, { recursive: true });
});

function make(maker: ((path: string, folder: string) => void) | undefined): string {
  if (maker === undefined) throw new Error('no such maker');
  const path = join(folder, `image-${(made += 1)}.img`);
  maker(path, folder);
  return path;
}

async function inspect(path: string): Promise<Inspection> {
  return inspectFile({ worker, devices: [] }, Buffer.from(path));
}

async function contentOf(path: string): Promise<InspectedContent> {
  const { whole } = await inspect(path);
  if (whole === null) throw new Error('nothing was found');
  return whole;
}

function say(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
}

function numberIn(text: string, pattern: RegExp): bigint {
  const found = pattern.exec(text)?.groups?.['n'];
  if (found === undefined) throw new Error(`nothing fits ${pattern} in ${text}`);
  return BigInt(found);
}

/** Total and free bytes as the tools of each type say them. */
const told: Readonly<Record<string, (path: string) => readonly [bigint, bigint | null]>> = {
  ...Object.fromEntries(['ext2', 'ext3', 'ext4'].map((type) => [type, extSpace])),
  xfs: (path) => {
    const text = say('xfs_db', '-r', '-f', '-c', 'sb 0', '-c', 'print dblocks fdblocks blocksize', path);
    const block = numberIn(text, /^blocksize = (?<n>\d+)/mu);
    return [numberIn(text, /^dblocks = (?<n>\d+)/mu) * block, numberIn(text, /^fdblocks = (?<n>\d+)/mu) * block];
  },
  btrfs: (path) => {
    const text = say('btrfs', 'inspect-internal', 'dump-super', path);
    const total = numberIn(text, /^total_bytes\s+(?<n>\d+)/mu);
    return [total, total - numberIn(text, /^bytes_used\s+(?<n>\d+)/mu)];
  },
  ...Object.fromEntries(['vfat, 12 bits', 'vfat, 16 bits', 'vfat, 32 bits'].map((type) => [type, fatSpace])),
  exfat: (path) => {
    const text = say('dump.exfat', path);
    const cluster = numberIn(text, /^Cluster size:\s+(?<n>\d+)/mu);
    return [BigInt(64 * MIB), numberIn(text, /^Free Clusters:\s+(?<n>\d+)/mu) * cluster];
  },
  ntfs: (path) => {
    const text = say('ntfsinfo', '-m', '-f', path);
    const cluster = numberIn(text, /Cluster Size: (?<n>\d+)/u);
    return [BigInt(64 * MIB - 512), numberIn(text, /Free Clusters: (?<n>\d+)/u) * cluster];
  },
  f2fs: () => [BigInt(64 * MIB), null],
  swap: () => [BigInt(8 * MIB), null],
};

function extSpace(path: string): readonly [bigint, bigint] {
  const text = say('dumpe2fs', '-h', path);
  const block = numberIn(text, /^Block size:\s+(?<n>\d+)/mu);
  return [numberIn(text, /^Block count:\s+(?<n>\d+)/mu) * block, numberIn(text, /^Free blocks:\s+(?<n>\d+)/mu) * block];
}

/** `… 0 files, 1/16343 clusters` */
function fatSpace(path: string): readonly [bigint, bigint] {
  const text = say('fsck.fat', '-n', '-v', path);
  const cluster = numberIn(text, /(?<n>\d+) bytes per cluster/u);
  const [used, all] = [numberIn(text, /files, (?<n>\d+)\/\d+ clusters/u), numberIn(text, /files, \d+\/(?<n>\d+) clusters/u)];
  return [BigInt(readFileSync(path).length), (all - used) * cluster];
}

describe('a file system', () => {
  test.each(Object.keys(fileSystems))('%s is told as its own tools tell it', async (name) => {
    const path = make(fileSystems[name]);
    const { whole, table, findings } = await inspect(path);
    expect([whole?.type, table, findings]).toEqual([name.split(',')[0], null, []]);
    const [total, free] = told[name]?.(path) ?? [null, null];
    if (total !== null) expect([whole?.fileSystemBytes, whole?.freeBytes ?? null]).toEqual([String(total), free?.toString() ?? null]);
    const label = name === 'squashfs' || name === 'erofs' ? null : name.startsWith('vfat') || name === 'iso9660' ? 'NAME' : 'Name';
    expect(whole?.label).toBe(label);
    expect(['clean', 'unknown']).toContain(whole?.state);
  });

  test('that never changes is full: as large as its own fields and the file say', async () => {
    for (const name of ['iso9660', 'squashfs', 'erofs']) {
      const path = make(fileSystems[name]);
      const { fileSystemBytes, usedBytes, freeBytes } = await contentOf(path);
      const size = BigInt(readFileSync(path).length);
      expect([freeBytes, usedBytes]).toEqual(['0', fileSystemBytes]);
      // Padded to whole blocks, or for burning.
      expect(size - BigInt(fileSystemBytes ?? 0)).toBeLessThan(512n * 1024n);
      expect(BigInt(fileSystemBytes ?? 0)).toBeLessThanOrEqual(size);
    }
  });

  test('of ext4 that has noted errors, or was not unmounted, says so', async () => {
    const path = make(fileSystems['ext4']);
    say('debugfs', '-w', '-R', 'ssv state 0', path);
    expect((await inspect(path)).findings).toEqual([{ code: 'journal-unclean', partition: null }]);
    say('debugfs', '-w', '-R', 'ssv state 3', path);
    expect((await inspect(path)).findings).toEqual([{ code: 'file-system-errors', partition: null }]);
  });

  test('that was cut off tells how much is missing', async () => {
    for (const name of ['ext4', 'xfs', 'btrfs', 'vfat, 32 bits', 'ntfs', 'exfat']) {
      const path = make(fileSystems[name]);
      const before = await contentOf(path);
      truncateSync(path, Number(BigInt(before.fileSystemBytes ?? 0)) - MIB);
      expect((await inspect(path)).findings).toContainEqual({ code: 'shorter-than-file-system', partition: null, bytes: String(MIB) });
    }
  });
});

interface SfdiskTable {
  readonly partitiontable: {
    readonly id: string;
    readonly firstlba?: number;
    readonly lastlba?: number;
    readonly partitions: readonly {
      readonly node: string;
      readonly start: number;
      readonly size: number;
      readonly type: string;
      readonly uuid?: string;
      readonly name?: string;
    }[];
  };
}

describe('a partition table', () => {
  test.each(['gpt', 'mbr'])('of kind %s is read as sfdisk reads it', async (kind) => {
    const path = make(tables[kind]);
    const { table, findings } = await inspect(path);
    const { partitiontable } = JSON.parse(say('sfdisk', '-J', path)) as SfdiskTable;
    expect(findings).toEqual([]);
    expect(table).toMatchObject({ type: kind, sectorBytes: 512, id: partitiontable.id.toLowerCase().replace(/^0x/u, '') });
    expect(
      table?.partitions.map(({ number, startBytes, sizeBytes, typeCode, name }) => ({ number, startBytes, sizeBytes, typeCode, name })),
    ).toEqual(
      partitiontable.partitions.map(({ node, start, size, type, name }) => ({
        number: Number(node.slice(path.length)),
        startBytes: String(start * 512),
        sizeBytes: String(size * 512),
        typeCode: kind === 'gpt' ? type.toLowerCase() : `0x${type.padStart(2, '0')}`,
        name: name ?? null,
      })),
    );
    const roles = table?.partitions.map(({ role, bootable }) => `${role}${bootable ? ' boot' : ''}`);
    if (kind === 'mbr') expect(roles).toEqual(['primary boot', 'primary', 'extended', 'logical', 'logical']);
    else {
      expect(roles).toEqual(['primary', 'primary boot', 'primary']);
      const [first, last] = [partitiontable.firstlba ?? 0, partitiontable.lastlba ?? 0];
      expect(table?.usable).toEqual({ startBytes: String(first * 512), endBytes: String((last + 1) * 512) });
    }
  });

  test('names what is in the partitions, with the offset counted in', async () => {
    const path = make(tables['gpt']);
    say('mke2fs', '-q', '-F', '-t', 'ext4', '-L', 'Inside', '-E', `offset=${17 * MIB}`, path, '20M');
    const { table } = await inspect(path);
    expect(table?.partitions[1]?.content).toMatchObject({
      type: 'ext4',
      label: 'Inside',
      fileSystemBytes: String(20 * MIB),
      state: 'clean',
    });
  });

  test.each([
    ['MBR', 'label: dos\nstart=64,size=2048,type=17,bootable\n'],
    ['GPT', 'label: gpt\nstart=2048,size=2048,type=U\n'],
  ])('beside an ISO file system is that of a hybrid, %s', async (_table, input) => {
    const path = make(fileSystems['iso9660']);
    truncateSync(path, 8 * MIB);
    execFileSync('sfdisk', ['-q', '--wipe', 'never', path], { input, env: environment });
    const { whole, table } = await inspect(path);
    expect([whole?.type, table?.type, table?.partitions.length]).toEqual(['iso9660', 'hybrid', 1]);
  });

  test('counts for more than what was on the disk before it', async () => {
    const path = make(fileSystems['btrfs']);
    expect((await inspect(path)).whole?.type).toBe('btrfs');
    execFileSync('sfdisk', ['-q', '--wipe', 'never', path], { input: 'label: gpt\nstart=4096,size=2048\n', env: environment });
    const { whole, table, findings } = await inspect(path);
    expect([whole?.type, table?.type, findings]).toEqual(['gpt', 'gpt', []]);
  });
});

describe('a member of a volume group', () => {
  test('is named by the group once it is in one', async () => {
    const path = join(folder, `image-${(made += 1)}.img`);
    // What vgcreate(8) writes: label, header, and the metadata's text (LVM2 lib/format_text/layout.h).
    const image = Buffer.alloc(4 * MIB);
    const text = 'vg-of-test {\nid = "x"\n}\n\0';
    image.write('LABELONE', 512, 'latin1');
    image.writeBigUInt64LE(1n, 520);
    image.writeUInt32LE(32, 532);
    image.write('LVM2 001', 536, 'latin1');
    image.write('AbCdEfGhIjKlMnOpQrStUvWxYz012345', 544, 'latin1');
    image.write(' LVM2 x[5A%r0N*>', 4096 + 4, 'latin1');
    image.writeBigUInt64LE(512n, 4096 + 40);
    image.writeBigUInt64LE(BigInt(text.length), 4096 + 48);
    image.write(text, 4096 + 512, 'latin1');
    // LVM's own start value, and no inversion at either end.
    image.writeUInt32LE(~crc32(image.subarray(532, 1024), ~0xf597_a6cf >>> 0) >>> 0, 528);
    writeFileSync(path, image);
    expect(await contentOf(path)).toMatchObject({ kind: 'raid-or-volume', type: 'LVM2_member', label: 'vg-of-test' });
  });
});

describe('a file that is no raw image', () => {
  test.each(Object.keys(containers))('%s is named with the size of the disk inside', async (name) => {
    const { format, whole } = await inspect(make(containers[name]));
    expect(format).toMatchObject({ kind: 'container', name: name.split(',')[0], virtualSizeBytes: String(48 * MIB), parentName: null });
    expect(whole).toBeNull();
  });

  test('that is a difference names the other file', async () => {
    const path = join(folder, 'difference.qcow2');
    say('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', make(fileSystems['ext2']), '-F', 'raw', path);
    expect((await inspect(path)).format).toMatchObject({ name: 'qcow2', parentName: expect.stringContaining(folder) as unknown });
  });

  test.each(Object.keys(compressed))('%s is named with its size unpacked, where that is known', async (name) => {
    const { format } = await inspect(make(compressed[name]));
    expect(format).toEqual({ kind: 'compressed', name, unpackedBytes: name === 'bzip2' ? null : String(8 * MIB) });
  });

  test('Parallels is explained', async () => {
    const path = join(folder, 'disk.hds');
    say('qemu-img', 'create', '-q', '-f', 'parallels', path, '48M');
    expect((await inspect(path)).format).toEqual({ kind: 'explained', name: 'parallels' });
  });
});

describe('the size on the disk', () => {
  let path = '';
  beforeAll(() => {
    path = join(folder, 'sparse');
    writeFileSync(path, Buffer.alloc(64 * 1024, 1));
    truncateSync(path, 64 * MIB);
  });

  test('is what the file takes', async () => {
    const { sizeBytes, allocatedBytes } = await inspect(path);
    expect(sizeBytes).toBe(String(64 * MIB));
    expect(Number(allocatedBytes)).toBeLessThan(MIB);
  });
});
