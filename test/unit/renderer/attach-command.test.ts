/** Command lines as they are copied: a real shell has to make of them exactly the words that were meant. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { losetupCommand, platterCommand, commandExcuse } from '../../../renderer/state/attach-command.ts';
import { quoteBytes, quoteText } from '../../../renderer/state/shell-quote.ts';
import { toKernelText } from '../../../native-helper/protocol/scalars.ts';
import { decimal, kernelText, loopDevice } from '../../fakes/sample-devices.ts';

/** The words that bash makes of a line. */
function wordsOf(line: string): Buffer[] {
  const script = `set -- ${line}\nprintf '%s\\0' "$@"`;
  const output = execFileSync('bash', ['--noprofile', '--norc', '-c', script], { env: { PATH: '/usr/bin:/bin', HOME: '/nowhere' } });
  const words: Buffer[] = [];
  for (let start = 0; start < output.byteLength;) {
    const end = output.indexOf(0, start);
    words.push(output.subarray(start, end));
    start = end + 1;
  }
  return words;
}

const hostileNames = [
  '/a b.img',
  "/it's.img",
  '/"quoted" $(touch /tmp/x) `id` ${HOME} \\ ! # ~ * ? [a] {a,b} ; & | < > ( )',
  '/-rf',
  "/a\nrm -rf '/tmp/x'\n",
  '/tab\tbell\u0007esc\u001b[2J',
  '/right\u202eto left',
  '/é漢字',
  "/'''",
  '/\\',
  "/\u001b'\\",
];

describe('quoting for a shell', () => {
  test.each(hostileNames)('keeps %j', (name) => {
    expect(wordsOf(quoteText(name)).map(String)).toEqual([name]);
  });

  test('keeps every byte that a name can hold, alone and before a digit', () => {
    const names = Array.from({ length: 255 }, (_, index) => Buffer.from([0x2f, index + 1, 0x37]));
    expect(wordsOf(names.map(quoteBytes).join(' '))).toEqual(names);
  });

  test('writes nothing that a terminal acts on', () => {
    for (const name of hostileNames) expect(quoteText(name)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(quoteBytes(Buffer.from([0x2f, 0x9b, 0x41]))).toMatch(/^[ -~]+$/u);
  });

  test('leaves plain names as they are', () => {
    expect(quoteText('/home/maria/disk-1.img')).toBe('/home/maria/disk-1.img');
  });
});

describe('the command that attaches the same', () => {
  const device = loopDevice(1, "/srv/it's.img", {
    readOnly: true,
    offsetBytes: decimal(1_048_576),
    sizeLimitBytes: decimal(4096),
    logicalBlockSizeBytes: 4096,
    partitionScan: true,
    directIo: true,
    reference: kernelText('my disk'),
  });

  test('names every option that differs from what attaching does by itself', () => {
    expect(wordsOf(losetupCommand(device)).map(String)).toEqual([
      'losetup',
      '--find',
      '--show',
      '--read-only',
      '--offset',
      '1048576',
      '--sizelimit',
      '4096',
      '--sector-size',
      '4096',
      '--partscan',
      '--direct-io=on',
      '--loop-ref',
      'my disk',
      "/srv/it's.img",
    ]);
    expect(platterCommand(device)).toBe(
      "platter attach --read-only --offset 1048576 --size-limit 4096 --block-size 4096 --partition-scan --direct-io --reference 'my disk' '/srv/it'\\''s.img'",
    );
  });

  test('says nothing of defaults and of Platter’s own mark', () => {
    expect(losetupCommand(loopDevice(1, '/a.img'))).toBe('losetup --find --show /a.img');
    expect(platterCommand(loopDevice(1, '/a.img', { reference: null }))).toBe('platter attach /a.img');
  });

  test('keeps the bytes of a name that is no text', () => {
    const bytes = Buffer.from([0x2f, 0xff, 0x2e]);
    const line = platterCommand(loopDevice(1, '/x', { backingFile: toKernelText(bytes) }));
    expect(wordsOf(line).at(-1)).toEqual(bytes);
  });

  test('is none where the file has no name', () => {
    expect([losetupCommand(loopDevice(1, null)), commandExcuse(loopDevice(1, null))]).toEqual(['', 'file-unknown']);
    expect(commandExcuse(loopDevice(1, '/a', { backingFileState: 'deleted' }))).toBe('file-deleted');
    expect(commandExcuse(device)).toBeNull();
  });
});
