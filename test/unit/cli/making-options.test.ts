import { describe, expect, test } from 'vitest';
import { convertOptions, createOptions, parsePartition, type CreateFlags } from '../../../electron/cli/making-options.ts';
import { UsageFailure } from '../../../electron/cli/failures.ts';

const wanted = (flags: CreateFlags) => createOptions(flags, (name) => Buffer.from(`/here/${name}`)).contents;

describe('platter create', () => {
  test('makes what its options say', () => {
    expect(wanted({ size: 4096n })).toEqual({ kind: 'empty', sizeBytes: 4096n });
    expect(wanted({ size: 4096n, type: 'ext4', label: 'x' })).toEqual({
      kind: 'file-system',
      sizeBytes: 4096n,
      fileSystem: 'ext4',
      label: 'x',
    });
    expect(wanted({ copy: 'a.img' })).toEqual({ kind: 'copy', source: Buffer.from('/here/a.img') });
    expect(wanted({ fromFolder: 'docs', label: 'Docs' })).toEqual({
      kind: 'folder',
      folder: Buffer.from('/here/docs'),
      format: 'iso',
      label: 'Docs',
    });
    expect(wanted({ size: 4096n, partition: ['efi:512M:EFI', 'ext4:rest:root:My: name'] })).toEqual({
      kind: 'partitions',
      sizeBytes: 4096n,
      table: 'gpt',
      partitions: [
        { sizeBytes: 512n * 1024n * 1024n, content: 'efi', label: 'EFI', name: '' },
        { sizeBytes: null, content: 'ext4', label: 'root', name: 'My: name' },
      ],
    });
  });

  const refused: readonly (readonly [CreateFlags, RegExp])[] = [
    [{}, /needs --size/u],
    [{ size: 1n, type: 'ext4', copy: 'a' }, /exclude each other/u],
    [{ size: 1n, copy: 'a' }, /--size does not go/u],
    [{ copy: 'a', label: 'x' }, /--label does not go/u],
    [{ size: 1n, label: 'x' }, /--label goes with/u],
    [{ size: 1n, type: 'zfs' }, /--type takes/u],
    [{ size: 1n, type: 'ext4', label: '-O' }, /dash/u],
    [{ size: 1n, type: 'ext4', label: 'seventeen letters' }, /at most 16 bytes/u],
    [{ size: 1n, format: 'iso' }, /--format goes/u],
    [{ fromFolder: 'a', format: 'squashfs', label: 'x' }, /no label/u],
    [{ size: 1n, table: 'mbr', label: 'x' }, /--partition/u],
    [{ size: 1n, table: 'apm' }, /--table takes/u],
  ];
  test.each(refused.map(([flags, message]) => [String(message), flags, message] as const))('says %s', (_title, flags, message) => {
    expect(() => wanted(flags)).toThrow(message);
  });

  test.each(['zfs:1G', 'ext4:big', 'ext4:1G:seventeen letters'])('refuses the partition %s', (text) => {
    expect(() => parsePartition(text, 'gpt')).toThrow(UsageFailure);
  });

  test('refuses a name in an MBR', () => {
    expect(() => parsePartition('ext4:1G::name', 'mbr')).toThrow(/no names/u);
  });
});

describe('platter convert', () => {
  test('takes formats by the names people type', () => {
    expect(['raw', 'gz', 'zst', 'vpc', 'xz'].map((to) => convertOptions({ to }, 'x.vdi').to)).toEqual(['raw', 'gzip', 'zstd', 'vhd', 'xz']);
    expect(convertOptions({}, '')).toEqual({ to: 'raw', compress: false, otherFiles: false });
  });

  test('makes what the new file is called', () => {
    const formatOf = (name: string): string => convertOptions({}, name).to;
    expect(['a.QCOW2', 'b/c.img.zst', 'd.vhd', 'e.vhdx', 'f.gz'].map(formatOf)).toEqual(['qcow2', 'zstd', 'vhd', 'vhdx', 'gzip']);
    expect(['g.img', 'h.iso', 'qcow2', 'i.qcow2.raw'].map(formatOf)).toEqual(['raw', 'raw', 'raw', 'raw']);
    expect(convertOptions({ compress: true }, 'j.vmdk')).toMatchObject({ to: 'vmdk', compress: true });
    expect(() => convertOptions({ compress: true }, 'k.img')).toThrow(UsageFailure);
  });

  test.each([{ to: 'dmg' }, { to: 'toString' }, { to: 'vdi', compress: true }, { to: 'qcow2', withOtherFiles: true }])(
    'refuses %j',
    (flags) => {
      expect(() => convertOptions(flags, '')).toThrow(UsageFailure);
    },
  );
});
