/** Inspection by the real image worker of images made by hand; those that tools make are in test/kernel/images/. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import type { Inspection } from '../../../electron/ipc/inspection.ts';
import { gptImage, swapArea } from '../../fakes/made-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-inspect-'));
const worker = new ImageWorker();
let made = 0;
afterAll(async () => {
  await worker.close();
  rmSync(folder, { recursive: true });
});

async function inspect(content: Buffer, name = `image-${(made += 1)}.img`): Promise<Inspection> {
  const path = join(folder, name);
  writeFileSync(path, content);
  return inspectFile({ worker, devices: [] }, Buffer.from(path));
}

function codes({ findings }: Inspection): readonly string[] {
  return findings.map(({ code, partition }) => (partition === null ? code : `${code} ${partition}`));
}

const twoPartitions = [
  { startSector: 64, sectors: 512, name: 'Überraschung' },
  { startSector: 1024, sectors: 512 },
];

describe('a GUID partition table', () => {
  test('is told with its partitions and what they hold', async () => {
    const image = gptImage(twoPartitions);
    swapArea().copy(image, 64 * 512);
    const { whole, table, findings, format, sizeBytes } = await inspect(image);
    expect([format, sizeBytes, findings]).toEqual([{ kind: 'raw' }, '2097152', []]);
    expect(whole).toMatchObject({ kind: 'partition-table', type: 'gpt' });
    expect(table).toMatchObject({ type: 'gpt', id: '11111111-1111-1111-1111-111111111111', sectorBytes: 512 });
    expect(table?.usable).toEqual({ startBytes: String(34 * 512), endBytes: String((4096 - 33) * 512) });
    expect(table?.partitions).toMatchObject([
      {
        number: 1,
        typeCode: '0fc63daf-8483-4772-8e79-3d69d8477de4',
        name: 'Überraschung',
        uuid: '01010101-0101-0101-0101-010101010101',
        startBytes: '32768',
        sizeBytes: '262144',
        content: { kind: 'swap', label: 'My swap', fileSystemBytes: '65536' },
      },
      { number: 2, name: null, content: { kind: 'nothing' } },
    ]);
  });

  test('of 4096-byte sectors is found', async () => {
    const { table, findings } = await inspect(gptImage([{ startSector: 8, sectors: 16 }], 512, 4096));
    expect(table).toMatchObject({ sectorBytes: 4096, partitions: [{ startBytes: '32768', sizeBytes: '65536' }] });
    expect(findings).toEqual([{ code: 'sectors-4096', partition: null }]);
  });

  test('with a damaged first copy is read from the other', async () => {
    const image = gptImage(twoPartitions);
    image[512 + 60] = 0;
    const inspection = await inspect(image);
    expect([codes(inspection), inspection.table?.partitions.length]).toEqual([['gpt-primary-damaged'], 2]);
  });

  test('says that its second copy is damaged, missing, or not at the end', async () => {
    const damaged = gptImage(twoPartitions);
    damaged[4095 * 512 + 60] = 0;
    expect(codes(await inspect(damaged))).toEqual(['gpt-backup-damaged']);
    const missing = gptImage(twoPartitions);
    missing.fill(0, 4095 * 512);
    expect(codes(await inspect(missing))).toEqual(['gpt-backup-missing']);
    const grown = Buffer.concat([gptImage(twoPartitions), Buffer.alloc(1024 * 1024)]);
    expect(codes(await inspect(grown))).toEqual(['gpt-backup-misplaced']);
  });

  test('of a file that was cut off tells how many bytes are missing', async () => {
    const { findings, table } = await inspect(gptImage(twoPartitions).subarray(0, 1200 * 512));
    expect(findings).toContainEqual({ code: 'shorter-than-table', partition: null, bytes: String((4096 - 1200) * 512) });
    expect(table?.partitions).toMatchObject([{ sizeBytes: '262144' }, { startBytes: String(1024 * 512), sizeBytes: '262144' }]);
  });

  describe('that was left behind', () => {
    /** One partition of Linux (type 0x83), where none of the GPT is. */
    function withMbr(image: Buffer): Buffer {
      image.fill(0, 446, 510);
      image[450] = 0x83;
      image.writeUInt32LE(2048, 454);
      image.writeUInt32LE(1024, 458);
      return image;
    }
    const mbr = { type: 'mbr', partitions: [{ number: 1, startBytes: String(2048 * 512), sizeBytes: String(1024 * 512) }] };
    const firstCopyGone = (image: Buffer): Buffer => image.fill(0, 512, 34 * 512);

    test('is not shown beside an MBR: one copy of it, or both', async () => {
      for (const image of [firstCopyGone(withMbr(gptImage(twoPartitions))), withMbr(gptImage(twoPartitions))]) {
        const inspection = await inspect(image);
        expect(inspection.whole).toMatchObject({ kind: 'partition-table', type: 'dos' });
        expect([inspection.table, codes(inspection)]).toMatchObject([mbr, []]);
        expect(inspection.table?.partitions).toHaveLength(1);
      }
    });

    test('is not shown beside a file system of the whole image', async () => {
      const image = gptImage(twoPartitions).fill(0, 0, 34 * 512);
      swapArea().copy(image);
      expect(await inspect(image)).toMatchObject({ whole: { kind: 'swap' }, table: null, findings: [] });
    });

    test('is shown where it has its protective entry still, also beside others, and where the start of the image is gone', async () => {
      const protectedStill = withMbr(firstCopyGone(gptImage(twoPartitions)));
      protectedStill[466] = 0xee;
      protectedStill.writeUInt32LE(1, 470);
      protectedStill.writeUInt32LE(2047, 474);
      for (const image of [protectedStill, gptImage(twoPartitions).fill(0, 0, 34 * 512)]) {
        const inspection = await inspect(image);
        expect([codes(inspection), inspection.table?.type, inspection.table?.partitions.length]).toEqual([
          ['gpt-primary-damaged'],
          'gpt',
          2,
        ]);
      }
    });
  });

  test('with partitions that overlap says which', async () => {
    const overlapping = [...twoPartitions, { startSector: 100, sectors: 10 }];
    expect(codes(await inspect(gptImage(overlapping)))).toEqual(['overlapping-partitions 3']);
  });
});

describe('a file system', () => {
  /** No more of ext2 than its superblock (Linux fs/ext2/ext2.h): 100 blocks of 1024 bytes, 60 of them free. */
  function ext2Superblock(changes: { readonly state?: number } = {}): Buffer {
    const image = Buffer.alloc(100 * 1024);
    image.writeUInt32LE(100, 1024 + 4);
    image.writeUInt32LE(60, 1024 + 12);
    image.writeUInt16LE(0xef53, 1024 + 56);
    image.writeUInt16LE(changes.state ?? 1, 1024 + 58);
    return image;
  }

  test('tells its space and its state', async () => {
    const { whole, findings } = await inspect(ext2Superblock());
    expect(whole).toMatchObject({
      type: 'ext2',
      fileSystemBytes: '102400',
      usedBytes: '40960',
      freeBytes: '61440',
      blockBytes: 1024,
      state: 'clean',
    });
    expect(findings).toEqual([]);
    expect(codes(await inspect(ext2Superblock({ state: 0 })))).toEqual(['journal-unclean']);
    expect(codes(await inspect(ext2Superblock({ state: 3 })))).toEqual(['file-system-errors']);
  });

  test('longer than the file is told', async () => {
    const { findings } = await inspect(ext2Superblock().subarray(0, 32 * 1024));
    expect(findings).toEqual([{ code: 'shorter-than-file-system', partition: null, bytes: String(68 * 1024) }]);
  });
});

describe('a member of a ZFS pool', () => {
  const KIB = 1024;
  /** A quarter of its labels (OpenZFS include/sys/vdev_impl.h): four uberblocks, and the mark of what describes the pool before them. */
  function poolMember(labelAt: number, mark: bigint): string {
    const label = Buffer.alloc(256 * KIB);
    label.writeBigUInt64LE(mark, 128 * KIB - 40);
    for (let index = 0; index < 4; index += 1) label.writeBigUInt64LE(0x00ba_b10cn, (128 + index) * KIB);
    const path = join(folder, `pool-${(made += 1)}.img`);
    const fd = openSync(path, 'w');
    // libblkid looks for none in less than 64 MiB; the last label ends where whole labels end.
    ftruncateSync(fd, 64 * KIB * KIB + 1000);
    writeSync(fd, label, 0, label.length, labelAt);
    closeSync(fd);
    return path;
  }
  const mark = 0x0210_da7a_b10c_7a11n;
  const atEnd = 64 * KIB * KIB - 256 * KIB;

  test.each([
    ['by its first label', 0, mark],
    ['by its last label', atEnd, mark],
    ['of a machine with the other byte order', 0, 0x117a_0cb1_7ada_1002n],
  ])('is recognised %s', async (_title, labelAt, written) => {
    const { whole } = await inspectFile({ worker, devices: [] }, Buffer.from(poolMember(labelAt, written)));
    expect(whole).toMatchObject({ type: 'zfs_member' });
  });

  test('is none where no label describes a pool', async () => {
    const { whole } = await inspectFile({ worker, devices: [] }, Buffer.from(poolMember(0, 0n)));
    expect(whole).toMatchObject({ kind: 'nothing' });
  });
});

describe('a file that is no raw image', () => {
  const text = (start: string, length = 4096): Buffer => {
    const bytes = Buffer.alloc(length);
    bytes.write(start, 'latin1');
    return bytes;
  };
  const atEnd = (end: string): Buffer => Buffer.concat([Buffer.alloc(4096), Buffer.from(end, 'latin1')]);
  const sync = Buffer.concat([Buffer.from('00ffffffffffffffffffff00', 'hex'), Buffer.alloc(4096)]);
  const cases: readonly (readonly [string, Buffer, string, object])[] = [
    ['qcow2', text('QFI\xfb'), 'a.qcow2', { kind: 'container', name: 'qcow2', virtualSizeBytes: null }],
    [
      'a text of VMDK',
      Buffer.from('# Disk DescriptorFile\nRW 2048 SPARSE "a.vmdk"\n'),
      'a.vmdk',
      { name: 'vmdk', virtualSizeBytes: '1048576' },
    ],
    ['bzip2', text('BZh91AY&SY'), 'a.bz2', { kind: 'compressed', name: 'bzip2', unpackedBytes: null }],
    ['a cue sheet', Buffer.from('FILE "disc.bin" BINARY\n  TRACK 01 MODE1/2352\n'), 'a.cue', { kind: 'explained', name: 'cue' }],
    ['raw sectors of a CD', sync, 'a.bin', { kind: 'explained', name: 'cue' }],
    ['the same, named so', sync, 'a.MDF', { kind: 'explained', name: 'mdf' }],
    ['a description of Alcohol', text('MEDIA DESCRIPTOR'), 'a.mds', { kind: 'explained', name: 'mdf' }],
    ['Nero', atEnd('NER5\0\0\0\0\0\0\0\x01'), 'a.nrg', { kind: 'explained', name: 'nrg' }],
    ['Nero of old', atEnd('\0\0\0\0NERO\0\0\0\x01'), 'b.nrg', { kind: 'explained', name: 'nrg' }],
    ['a disk image of macOS', Buffer.concat([Buffer.alloc(4096), text('koly', 512)]), 'a.dmg', { kind: 'explained', name: 'dmg' }],
    ['Parallels', text('WithoutFreeSpace'), 'a.hds', { kind: 'explained', name: 'parallels' }],
  ];
  test.each(cases)('%s', async (_title, content, name, expected) => {
    const { format, whole, table } = await inspect(content, name);
    expect([format, whole, table]).toEqual([expect.objectContaining(expected), null, null]);
  });
});

test('nothing is found in zeros, a byte, and nothing at all', async () => {
  for (const content of [Buffer.alloc(4096), Buffer.from('x'), Buffer.alloc(0)]) {
    expect(await inspect(content)).toMatchObject({ format: { kind: 'raw' }, whole: { kind: 'nothing' }, table: null, findings: [] });
  }
});

test('a file that changes its size while it is opened is looked at as it was found open', async () => {
  const path = join(folder, 'grows.img');
  writeFileSync(path, swapArea());
  const [small, large] = [BigInt(swapArea().length), BigInt(swapArea().length + 4096)];
  const asked: bigint[] = [];
  const growing = {
    inspect: async (...[file, sizeBytes]: Parameters<ImageWorker['inspect']>) => {
      if (asked.push(sizeBytes) === 1) truncateSync(path, Number(large));
      return worker.inspect(file, sizeBytes);
    },
  };
  const { sizeBytes } = await inspectFile({ worker: growing, devices: [] }, Buffer.from(path));
  expect([asked, sizeBytes]).toEqual([[small, large], String(large)]);
});
