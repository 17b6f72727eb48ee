import { describe, expect, test } from 'vitest';
import { columnNames, defaultColumns } from '../../../electron/cli/losetup/columns.ts';
import { LosetupError } from '../../../electron/cli/losetup/errors.ts';
import { planLosetup, type LosetupPlan } from '../../../electron/cli/losetup/plan.ts';

const list = { columns: defaultColumns, headings: true, format: 'table' };
const setup: LosetupPlan = {
  kind: 'setup',
  device: null,
  file: 'f',
  offset: null,
  sizeLimit: 0n,
  sectorSize: null,
  readOnly: false,
  partitionScan: false,
  directIo: false,
  reference: null,
  noOverlap: false,
  show: false,
};
const showAll = { kind: 'show', file: null, offset: null };

describe('planLosetup', () => {
  test.each<[string, unknown]>([
    ['', { ...showAll, list }],
    ['-a', { ...showAll, list: null }],
    ['-l', { ...showAll, list }],
    ['-a -l', { ...showAll, list }],
    ['-J', { ...showAll, list: { ...list, format: 'json' } }],
    ['--raw', { ...showAll, list: { ...list, format: 'raw' } }],
    ['-ln', { ...showAll, list: { ...list, headings: false } }],
    ['-O name,RO', { ...showAll, list: { ...list, columns: ['NAME', 'RO'] } }],
    ['-O +REF', { ...showAll, list: { ...list, columns: [...defaultColumns, 'REF'] } }],
    ['--output-all', { ...showAll, list: { ...list, columns: columnNames } }],
    ['-j f', { ...showAll, file: 'f', list: null }],
    ['-j f -o 4K -l', { ...showAll, file: 'f', offset: 4096n, list }],
    ['/dev/loop0', { kind: 'show-one', device: '/dev/loop0', list: null }],
    ['-l /dev/loop0', { kind: 'show-one', device: '/dev/loop0', list }],
    ['-f', { kind: 'find-free' }],
    ['-f f', setup],
    ['-f f --show', { ...setup, show: true }],
    ['--show -rPf f', { ...setup, show: true, readOnly: true, partitionScan: true }],
    ['loop3 f', { ...setup, device: 'loop3' }],
    [
      '-o1M --sizeli=2M -b 4K -L --loop-ref x -f f',
      { ...setup, offset: 1_048_576n, sizeLimit: 2_097_152n, sectorSize: 4096n, noOverlap: true, reference: 'x' },
    ],
    ['--direct-io -f f', { ...setup, directIo: true }],
    ['--direct-io=on -f f', { ...setup, directIo: true }],
    ['--direct-io=off -f f', setup],
    ['-f -- -f', { ...setup, file: '-f' }],
    ['-d a b c', { kind: 'detach', devices: ['a', 'b', 'c'] }],
    ['-D', { kind: 'detach-all' }],
    ['-c a', { kind: 'set-capacity', device: 'a' }],
    ['--direct-io a', { kind: 'set-direct-io', device: 'a', on: true }],
    ['--direct-io=off a', { kind: 'set-direct-io', device: 'a', on: false }],
    ['-b 4096 a', { kind: 'set-sector-size', device: 'a', bytes: 4096n }],
    ['--help', { kind: 'help' }],
    ['-h --nonsense', { kind: 'help' }],
    ['-V', { kind: 'version' }],
  ])('losetup %s', (line, plan) => {
    expect(planLosetup(line.split(' ').filter((word) => word !== ''))).toEqual(plan);
  });

  test.each<[string, string]>([
    ['-D -a', 'mutually exclusive arguments: --detach-all --all --set-capacity --detach --find --associated'],
    ['-f -l', 'mutually exclusive arguments: --detach-all --set-capacity --detach --find --list'],
    ['--raw -J', 'mutually exclusive arguments: --json --raw'],
    ['-o x', "failed to parse offset: 'x': Invalid argument"],
    ['-O', "option requires an argument -- 'O'"],
    ['--out x', "option '--out' is ambiguous; possibilities: '--output' '--output-all'"],
    ['-P', 'no loop device specified'],
    ['-a -o 1', 'the option --offset is not allowed in this context'],
    ['-a -r', 'the options --{sizelimit,partscan,read-only,show} are allowed during loop device setup only'],
  ])('losetup %s is refused', (line, message) => {
    const refused = () => planLosetup(line.split(' '));
    expect(refused).toThrow(LosetupError);
    expect(refused).toThrow(message);
  });

  test.each([[['-D', '-f']], [['-D', '-d', 'a']], [['-D', '-l']]])('-D cannot hide behind anything else: %j', (words) => {
    expect(() => planLosetup(words)).toThrow(LosetupError);
  });
});
