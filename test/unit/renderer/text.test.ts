/** Words, sizes and foreign text. */
import { describe, expect, test } from 'vitest';
import { helperErrors } from '../../../native-helper/protocol/errors.ts';
import { mainErrors, type AppErrorCode } from '../../../electron/ipc/errors.ts';
import { describeError, errorWords } from '../../../renderer/text/describe-error.ts';
import { count, formatBoth, formatSize, formatTimeLeft, showText } from '../../../renderer/text/format.ts';
import { parseSize, roundUp, splitSize } from '../../../renderer/text/parse-size.ts';
import { sectorOptions } from '../../../renderer/text/sector-options.ts';

const GIB = 1n << 30n;

describe('sizes', () => {
  test.each([
    [0n, '0 B'],
    [1023n, '1,023 B'],
    [1024n, '1 KiB'],
    [8n * GIB, '8 GiB'],
    [(47n * GIB) / 10n, '4.7 GiB'],
    [1700n << 20n, '1.66 GiB'],
    [(1n << 63n) - 1n, '8 EiB'],
  ])('are written in binary units: %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  test('are followed by the exact number of bytes where the unit hides them', () => {
    expect(formatBoth(8n * GIB)).toBe('8 GiB (8,589,934,592 B)');
    expect(formatBoth(512n)).toBe('512 B');
  });

  test.each([
    ['12', 'GiB', 12n * GIB],
    ['1.5 GiB', 'B', (3n * GIB) / 2n],
    ['1,5g', 'B', (3n * GIB) / 2n],
    ['2048s', 'MiB', 1_048_576n],
    ['512 sectors', 'B', 262_144n],
    ['10,737,418,240 B', 'MiB', 10n * GIB],
    ["1'024", 'KiB', 1_048_576n],
    ['10KB', 'B', 10_000n],
    ['10K', 'B', 10_240n],
    ['3TiB', 'B', 3n << 40n],
    ['1 e', 'B', 1n << 60n],
    ['9223372036854775807', 'B', (1n << 63n) - 1n],
    ['0.1', 'KiB', 102n],
  ] as const)('are read as people and losetup write them: %s %s', (text, unit, bytes) => {
    expect(parseSize(text, unit)).toMatchObject({ kind: 'size', bytes });
  });

  test.each(['-1', '1.2.3', 'GiB', '5 bananas', '0x10', '1e3', '99999999999999999999999', 'NaN'])('are not read from %s', (text) => {
    expect(parseSize(text, 'B').kind).toBe('invalid');
  });

  test('are split into the largest unit that says them exactly, and read back the same', () => {
    expect(splitSize(8n * GIB)).toEqual({ number: '8', unit: 'GiB' });
    expect(splitSize((3n * GIB) / 2n)).toEqual({ number: '1.5', unit: 'GiB' });
    expect(splitSize(512n)).toEqual({ number: '512', unit: 'B' });
    for (const bytes of [0n, 1n, 4096n, 1_048_577n, 5n * GIB + 4096n, (1n << 63n) - 1n]) {
      const { number, unit } = splitSize(bytes);
      expect(parseSize(number, unit)).toMatchObject({ bytes });
    }
  });

  test('are rounded up to whole sectors', () => {
    expect(roundUp(513n, 512n)).toBe(1024n);
    expect(roundUp(1024n, 512n)).toBe(1024n);
  });

  test('of sectors are powers of two up to what the kernel takes, with the present one among them', () => {
    expect(sectorOptions(4096).map((option) => option.id)).toEqual(['512', '1024', '2048', '4096']);
    expect(sectorOptions(4096, 65_536).map((option) => option.id)).toContain('65536');
  });
});

describe('foreign text', () => {
  test('shows control and direction characters as escapes', () => {
    expect(showText('a\nb\tc')).toBe(String.raw`a\nb\tc`);
    expect(showText('inv\u202Egpj.exe')).toBe(String.raw`inv\u202egpj.exe`);
    expect(showText('\u001B[31m')).toBe(String.raw`\x1b[31m`);
    expect(showText('\u2066x\u2069\u200B\uFEFF')).toBe(String.raw`\u2066x\u2069\u200b\ufeff`);
  });

  test('leaves letters of all languages as they are', () => {
    expect(showText('Übung 日本語 العربية 🙂.img')).toBe('Übung 日本語 العربية 🙂.img');
  });
});

test('counts take the form of their number', () => {
  expect(count(1, 'device', 'devices')).toBe('1 device');
  expect(count(1000, 'device', 'devices')).toBe('1,000 devices');
  expect(formatTimeLeft(0.2)).toBe('1 s left');
  expect(formatTimeLeft(180)).toBe('3 min left');
});

describe('errors', () => {
  const codes = [...Object.keys(helperErrors), ...Object.keys(mainErrors)] as AppErrorCode[];

  test.each(codes)('%s says what happened, what changed and what to do', (code) => {
    const { title, happened, changed, next } = errorWords[code];
    expect(title).toMatch(/^\p{L}.*[^.]$/u);
    for (const sentence of [happened, changed, next]) expect(sentence).toMatch(/^[\p{Lu}“].*[.]$/u);
    expect([title, happened, changed, next].join(' ')).not.toMatch(/[A-Z]{3,}_|errno|ioctl/u);
  });

  test('have no words for codes that are not there', () => {
    expect(Object.keys(errorWords).toSorted()).toEqual(codes.toSorted());
  });

  test('name the mounts, the device and the limit that are in the way', () => {
    const said = describeError(
      { code: 'DEVICE_MOUNTED', message: 'm', errno: 16, detail: { mountPoints: ['/mnt/a'], device: 4, limitBytes: '1024' } },
      'Could not detach “x”',
    );
    expect(said.title).toBe('Could not detach “x”');
    expect(said.happened).toContain('Mounted at /mnt/a.');
    expect(said.happened).toContain('It is loop4.');
    expect(said.raw).toBe('DEVICE_MOUNTED: m\nerrno: 16');
  });

  test('show text from outside with its control characters escaped', () => {
    const error = { code: 'DEVICE_MOUNTED', message: 'm', detail: { mountPoints: ['/mnt/a\u202E'] } } as const;
    expect(describeError(error).happened).not.toContain('\u202E');
  });

  test('are quiet when a person only changed their mind', () => {
    expect(describeError({ code: 'ELEVATION_DISMISSED', message: 'm' }, 'Could not detach').quiet).toBe(true);
    expect(describeError({ code: 'ELEVATION_DISMISSED', message: 'm' }, 'Could not detach').title).toBe('Not authorised');
  });
});
