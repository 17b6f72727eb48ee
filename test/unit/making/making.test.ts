/** The parts of making images that need no program: labels, scripts, names, and what programs say. */
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../electron/ipc/errors.ts';
import { fileSystemRules, findLabelProblem } from '../../../electron/ipc/file-systems.ts';
import { exportNameOf } from '../../../electron/ipc/new-image.ts';
import { rawNameOf } from '../../../electron/images/making/conversion-facts.ts';
import { parseDiskFacts, parsePart } from '../../../electron/images/making/disk-tool.ts';
import { toMakerError } from '../../../electron/images/making/maker-tool.ts';
import { tableScript } from '../../../electron/images/making/make-table.ts';
import { isFileName, splitPath } from '../../../electron/images/making/new-file.ts';
import { estimateExt4 } from '../../../electron/images/making/pack-folder.ts';

describe('labels', () => {
  test.each([
    ['ext4', '', null],
    ['ext4', 'größe größe', null],
    ['ext4', 'größe größe größ', 'too-long'],
    ['ext4', '-O', 'leading-dash'],
    ['ext4', 'a\nb', 'characters'],
    ['ext4', '\ud800', 'characters'],
    ['xfs', 'two words', 'characters'],
    ['btrfs', 'a/b', 'characters'],
    ['fat', 'NO NAME 1', null],
    ['fat', 'a.b', 'characters'],
    ['fat', 'ümlaut', 'characters'],
    ['exfat', 'elf Zeichen', null],
    ['exfat', 'zwölf Zeichen', 'too-long'],
    ['ntfs', 'C:', 'characters'],
  ] as const)('of %s: %j is %s', (fileSystem, label, problem) => {
    expect(findLabelProblem(label, fileSystemRules[fileSystem].label)).toBe(problem);
  });
});

describe('the script for sfdisk', () => {
  const partition = { startBytes: 1_048_576n, sizeBytes: 2_097_152n, content: 'ext4', name: 'a", type=x\nlabel: dos' } as const;

  test('holds numbers and fixed words only: a name cannot be anything else', () => {
    expect(tableScript('gpt', [partition])).toBe(
      [
        'label: gpt',
        'unit: sectors',
        'sector-size: 512',
        'start=2048, size=4096, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="\\x61\\x22\\x2c\\x20\\x74\\x79\\x70\\x65\\x3d\\x78\\x0a\\x6c\\x61\\x62\\x65\\x6c\\x3a\\x20\\x64\\x6f\\x73"',
        '',
      ].join('\n'),
    );
  });

  test('of an MBR has no names', () => {
    expect(tableScript('mbr', [{ ...partition, content: 'efi' }])).toBe(
      'label: dos\nunit: sectors\nsector-size: 512\nstart=2048, size=4096, type=ef\n',
    );
  });
});

describe('names of new files', () => {
  test.each([
    ['disk.img', true],
    ['ä'.repeat(127), true],
    ['ä'.repeat(128), false],
    ['', false],
    ['.', false],
    ['..', false],
    ['...', true],
    ['a/b', false],
    ['a\0b', false],
  ])('%j: %s', (name, fits) => {
    expect(isFileName(Buffer.from(name))).toBe(fits);
  });

  test('come from whole paths', () => {
    const split = (path: string): string[] => Object.values(splitPath(Buffer.from(path))).map(String);
    expect([split('/a/b.img'), split('/b.img')]).toEqual([
      ['/a', 'b.img'],
      ['/', 'b.img'],
    ]);
  });

  test.each([
    ['win.qcow2', 'win.img'],
    ['win.VHDX', 'win.img'],
    ['raspios.img.xz', 'raspios.img'],
    ['disc.iso.gz', 'disc.iso'],
    ['disk', 'disk.img'],
    ['card.zip', 'card.img'],
  ])('of the raw image of %s: %s', (name, raw) => {
    expect(rawNameOf(name)).toBe(raw);
  });

  test('of exports keep what is inside, or take its place', () => {
    expect([exportNameOf('a.img', 'qcow2'), exportNameOf('a.img', 'zstd'), exportNameOf('data', 'vdi')]).toEqual([
      'a.qcow2',
      'a.img.zst',
      'data.vdi',
    ]);
  });
});

describe('what qemu-img says', () => {
  test('of a plain image: its size', () => {
    expect(parseDiskFacts('{"virtual-size": 1048576}', '/x')).toEqual({ sizeBytes: 1_048_576n, otherFiles: [] });
  });

  test('of others: every further file, but not the image itself', () => {
    const info = {
      'virtual-size': 5,
      'backing-filename': '/etc/shadow',
      'format-specific': { data: { 'data-file': 'raw', extents: [{ filename: '/x' }, { filename: 'x-flat.vmdk' }, {}] } },
    };
    expect(parseDiskFacts(JSON.stringify(info), '/x').otherFiles).toEqual(['/etc/shadow', 'raw', 'x-flat.vmdk']);
  });

  test('that is no size is refused', () => {
    expect(() => parseDiskFacts('{"virtual-size": "big"}', '/x')).toThrow(AppError);
  });

  test('of its progress: the last part', () => {
    expect([parsePart('    (12.50/100%)\r    (75.00/100%)\r'), parsePart('x'), parsePart('(250.00/100%)')]).toEqual([0.75, null, 1]);
  });
});

test.each([
  ['dd: error writing: No space left on device', 'NO_SPACE'],
  ['xz: Disk quota exceeded', 'NO_SPACE'],
  ['cp: File too large', 'FILE_TOO_LARGE'],
  ['cp: something else', 'TOOL_FAILED'],
])('a tool that says %j met %s', (stderr, code) => {
  expect(toMakerError({ program: 'cp', args: [] }, { status: 1, stdout: '', stderr }).data.code).toBe(code);
});

test('an ext4 image of a folder has room for its files, inodes and journal', () => {
  const mib = 1024n * 1024n;
  const bytes = estimateExt4({ fileBytes: 100n * mib, blockBytes: 100n * mib, entries: 10 }, 2048);
  expect(bytes % mib).toBe(0n);
  expect(bytes > 124n * mib && bytes < 140n * mib).toBe(true);
});
