/** `platter losetup` beside the installed losetup: everything that changes something, the same call to both in turn. */
import { closeSync, openSync, truncateSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { isBound, readDiskseq } from '../../../native-helper/linux/sysfs.ts';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { both, hostileNames, losetup, platter, type Argument, type Outcome } from './command.ts';

const fixture = useLoopFixture();
const MIB = 1024 * 1024;
const state = 'SIZELIMIT,OFFSET,AUTOCLEAR,RO,BACK-FILE,DIO,LOG-SEC,PARTSCAN,BACK-INO';

type Program = (arguments_: readonly Argument[]) => Outcome;
const ours: Program = (arguments_) => platter(['losetup', ...arguments_], { cwd: fixture.folder });
const theirs: Program = (arguments_) => losetup(arguments_, { cwd: fixture.folder });

/** The device that `-f --show` named, from now on the fixture's to detach. */
function shown({ stdout, stderr, status }: Outcome): string {
  expect([stderr, status]).toEqual(['', 0]);
  expect(stdout).toMatch(/^\/dev\/loop[0-9]+\n$/u);
  const device = stdout.trim();
  fixture.adopt(numberOf(device));
  return device;
}

function numberOf(device: string): number {
  return Number(device.slice('/dev/loop'.length));
}

function describeDevice(device: string): string {
  return losetup(['-n', '--raw', '-O', state, device]).stdout;
}

async function gone(device: string): Promise<void> {
  await waitFor(`${device} to be detached`, () => !isBound(numberOf(device)));
}

const setups: readonly (readonly string[])[] = [
  [],
  ['-r'],
  ['--read-only', '--partscan'],
  ['-P'],
  ['-o', '4096'],
  ['--offset', '0x1000', '--sizelimit=64K'],
  ['-o4KiB', '--sizelimit', '512KB', '-o', '1536'],
  ['--sizelimit', '512K'],
  ['-b', '4096'],
  ['--sector-size', '1K'],
  ['--direct-io'],
  ['--direct-io=on', '-b', '4096'],
  ['--direct-io=off'],
  ['-rP', '-o', '1M', '-v'],
  ['-L'],
];

describe.each(setups.map((options) => [options.join(' '), options] as const))('losetup %s -f --show FILE', (_line, options) => {
  test('attaches a device in the same state', async () => {
    fixture.makeImage('disk.img', 4 * MIB);
    const states: string[] = [];
    for (const program of [theirs, ours]) {
      const device = shown(program([...options, '-f', '--show', 'disk.img']));
      states.push(describeDevice(device));
      expect(program(['-d', device])).toEqual({ status: 0, stdout: '', stderr: '' });
      await gone(device);
    }
    expect(states[1]).toBe(states[0]);
  });
});

describe.each(hostileNames.filter((_entry, index) => index % 5 === 0))('a file with %s in its name', (_about, name) => {
  test('is attached, found again and detached', async () => {
    const image = fixture.makeImage(name, MIB);
    const device = shown(ours(['-f', '--show', image]));
    expect(ours(['-n', '--raw', '-O', 'NAME', '-j', image])).toEqual({ status: 0, stdout: `${device}\n`, stderr: '' });
    expect(ours(['-d', device])).toEqual({ status: 0, stdout: '', stderr: '' });
    await gone(device);
  });
});

describe('losetup DEVICE FILE', () => {
  test('attaches to that device, which need not exist', async () => {
    const image = fixture.makeImage('disk.img', MIB);
    const device = `/dev/loop${fixture.addNode()}`;
    for (const program of [theirs, ours]) {
      expect(program([device, image])).toEqual({ status: 0, stdout: '', stderr: '' });
      fixture.adopt(numberOf(device));
      expect(describeDevice(device)).toContain('disk.img');
      expect(program(['-d', device]).status).toBe(0);
      await gone(device);
    }
  });

  test('refuses a device that is taken, in the same words', async () => {
    fixture.makeImage('disk.img', MIB);
    fixture.makeImage('other.img', MIB);
    const device = shown(theirs(['-f', '--show', 'disk.img']));
    const arguments_ = [device, 'other.img'];
    expect(ours(arguments_)).toEqual(theirs(arguments_));
  });
});

describe('losetup -d', () => {
  test('detaches several and tells what it could not', async () => {
    fixture.makeImage('a.img', MIB);
    fixture.makeImage('b.img', MIB);
    const unbound = `/dev/loop${fixture.addNode()}`;
    const outcomes: Outcome[] = [];
    for (const program of [theirs, ours]) {
      const devices = [shown(theirs(['-f', '--show', 'a.img'])), shown(theirs(['-f', '--show', 'b.img']))];
      outcomes.push(program(['-d', devices[0] ?? '', unbound, devices[1] ?? '']));
      for (const device of devices) await gone(device);
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[1]?.stderr).toContain(`${unbound}: detach failed: No such device or address`);
  });

  test('an unattached device fails in the same words', () => {
    const device = `/dev/loop${fixture.addNode()}`;
    const outcome = both(['-d', device]);
    expect(outcome.ours).toEqual(outcome.theirs);
  });

  test('a device in use succeeds and detaches with its last user', async () => {
    fixture.makeImage('disk.img', MIB);
    for (const program of [theirs, ours]) {
      const device = shown(theirs(['-f', '--show', 'disk.img']));
      const descriptor = openSync(device, 'r');
      try {
        expect(program(['-d', device])).toEqual({ status: 0, stdout: '', stderr: '' });
        expect(describeDevice(device).split(' ')[2]).toBe('1');
      } finally {
        closeSync(descriptor);
      }
      await gone(device);
    }
  });
});

describe('changing an attached device', () => {
  async function change(arguments_: (device: string) => readonly string[], prepare: () => void = () => {}): Promise<void> {
    const outcomes: unknown[] = [];
    for (const program of [theirs, ours]) {
      fixture.makeImage('disk.img', MIB);
      const device = shown(theirs(['-f', '--show', 'disk.img']));
      const before = readDiskseq(numberOf(device));
      prepare();
      const outcome = program(arguments_(device));
      outcomes.push([{ ...outcome, stderr: outcome.stderr.replaceAll(device, 'DEVICE') }, describeDevice(device)]);
      expect(readDiskseq(numberOf(device))).toBe(before);
      theirs(['-d', device]);
      await gone(device);
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  }

  test('-c takes over the new size', async () => {
    await change(
      (device) => ['-c', device],
      () => truncateSync(`${fixture.folder}/disk.img`, 2 * MIB),
    );
  });
  test('--direct-io DEVICE', () => change((device) => ['--direct-io', device]));
  test('--direct-io=off DEVICE', () => change((device) => ['--direct-io=off', device]));
  test('-b 4096 DEVICE', () => change((device) => ['-b', '4096', device]));
  test('-b 777 DEVICE is refused in the same words', () => change((device) => ['-b', '777', device]));
  test('options of setting up are refused', () => change((device) => ['-P', device]));
});

describe('losetup -L', () => {
  test('uses the device that has the same file and range', () => {
    fixture.makeImage('disk.img', MIB);
    const device = shown(theirs(['-f', '--show', '-o', '4096', 'disk.img']));
    expect(ours(['-L', '-f', '--show', '-o', '4K', 'disk.img'])).toEqual({ status: 0, stdout: `${device}\n`, stderr: '' });
  });

  test('refuses what overlaps, in the same words', () => {
    fixture.makeImage('disk.img', MIB);
    shown(theirs(['-r', '-f', '--show', '-o', '4096', '--sizelimit', '8192', 'disk.img']));
    const overlapping = [
      ['-L', '-f', 'disk.img'],
      ['-L', '-f', '-o', '8192', 'disk.img'],
      ['-L', '-f', '-o', '4096', '--sizelimit', '8192', 'disk.img'],
      ['-L', '-f', '-o', '0', '--sizelimit', '8192', 'disk.img'],
    ];
    for (const arguments_ of overlapping) expect(ours(arguments_)).toEqual(theirs(arguments_));
  });

  test('attaches what lies beside', async () => {
    fixture.makeImage('disk.img', MIB);
    shown(theirs(['-f', '--show', '-o', '4096', '--sizelimit', '8192', 'disk.img']));
    shown(ours(['-L', '-f', '--show', '-o', '12288', 'disk.img']));
  });
});

describe('what Platter refuses and losetup does not', () => {
  test('a second writable attachment of the same range, with the device that is in the way', () => {
    fixture.makeImage('disk.img', MIB);
    const device = shown(ours(['-f', '--show', 'disk.img']));
    const { status, stdout, stderr } = ours(['-f', '--show', 'disk.img']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^losetup: disk\.img: failed to set up loop device: /u);
    expect(stderr).toContain(device);
  });

  test('two read-only attachments are fine', () => {
    fixture.makeImage('disk.img', MIB);
    const first = shown(ours(['-r', '-f', '--show', 'disk.img']));
    expect(shown(ours(['-r', '-f', '--show', 'disk.img']))).not.toBe(first);
  });

  test('a file without one whole sector', () => {
    fixture.makeImage('tiny.img', 100);
    expect(ours(['-f', 'tiny.img']).stderr).toBe(
      'losetup: tiny.img: failed to set up loop device: The file is smaller than one sector of 512 bytes.\n',
    );
  });
});

test('a file that does not end at a sector is attached with a warning', () => {
  fixture.makeImage('odd.img', MIB + 100);
  const { status, stdout, stderr } = ours(['-f', '--show', 'odd.img']);
  fixture.adopt(numberOf(stdout.trim()));
  expect(status).toBe(0);
  expect(stderr).toMatch(/^losetup: odd\.img: Warning: file does not end on a 512-byte sector boundary/u);
});

test('--loop-ref is kept as the reference name', () => {
  fixture.makeImage('disk.img', MIB);
  const device = shown(ours(['--loop-ref', 'backup', '-f', '--show', 'disk.img']));
  expect(ours(['-n', '--raw', '-O', 'REF', device]).stdout).toBe('backup\n');
});

test('-f names a device without a file', () => {
  const { status, stdout } = ours(['-f']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\/dev\/loop[0-9]+\n$/u);
});

describe('leftovers', () => {
  afterEach(() => expect(fixture.census()).toEqual([]));
  test('a failed setup leaves no device behind', () => {
    fixture.makeImage('disk.img', MIB);
    expect(ours(['-b', '777', '-f', 'disk.img'])).toEqual(theirs(['-b', '777', '-f', 'disk.img']));
    expect(ours(['-o', '2M', '-f', 'disk.img']).status).toBe(1);
  });
});
