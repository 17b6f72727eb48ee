/** Records of who attached what, in a folder of their own; the kernel's answers are given by the test except where they matter. Needs root. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import {
  createRecords,
  DEVICES_PER_USER,
  type AttachIntent,
  type DeviceRecords,
  type RecordKernel,
} from '../../../native-helper/records/ownership.ts';
import { openStateFolders, StateFolderRefused } from '../../../native-helper/records/state-folder.ts';
import { useLoopFixture } from '../loop-fixture.ts';

const fixture = useLoopFixture();
const alice = 61_001;
const bob = 61_002;
let folder = '';
let testNumber = 0;

beforeEach(() => {
  folder = join(fixture.folder, `state-${testNumber++}`);
});

/** Loop devices of a kernel that does not exist: number to diskseq. */
let attached = new Map<number, bigint>();
const kernel: RecordKernel = { readDiskseq: (number) => attached.get(number) ?? null, readAttached: () => null };
beforeEach(() => {
  attached = new Map();
});

function records(uid: number, using: RecordKernel = kernel): DeviceRecords {
  return createRecords({ uid, kernel: using, folder });
}

function intent(number: number): AttachIntent {
  return { number, fileDevice: 5n, fileInode: 6n, offsetBytes: 0n, sizeLimitBytes: 0n, reference: Buffer.from('platter:1:abc') };
}

function attach(of: DeviceRecords, number: number, diskseq: bigint): void {
  const record = of.begin(intent(number));
  attached.set(number, diskseq);
  record.complete(diskseq);
}

describe('ownership', () => {
  test('comes with user and time, for the user himself and for root', () => {
    const before = Date.now();
    const hers = records(alice);
    attach(hers, 3, 100n);
    const told = hers.attachmentOf(3, 100n);
    expect(told?.uid).toBe(alice);
    expect(told?.at).toBeGreaterThanOrEqual(before);
    expect(told?.at).toBeLessThanOrEqual(Date.now());
    expect(records(0).attachmentOf(3, 100n)).toEqual(told);
    expect([records(bob).attachmentOf(3, 100n), hers.attachmentOf(3, 101n), hers.attachmentOf(4, 100n)]).toEqual([null, null, null]);
  });

  test('holds for a file whose inode takes all 64 bits', () => {
    const file = { device: 5n, inode: 2n ** 64n - 1n };
    const hers = records(alice);
    const record = hers.begin({ ...intent(3), fileInode: file.inode });
    attached.set(3, 100n);
    record.complete(100n);
    expect([records(alice), records(bob)].map((one) => one.ownershipOf(3, 100n, file))).toEqual(['own', 'other-user']);
    expect(hers.ownershipOf(3, 100n, { ...file, inode: 2n ** 63n - 1n })).toBe('unknown');
  });

  test('of a record that an earlier version wrote has no time', () => {
    const hers = records(alice);
    attach(hers, 3, 100n);
    const path = join(folder, 'devices', '100');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"at":\d+,/u, ''));
    expect(records(0).attachmentOf(3, 100n)).toEqual({ uid: alice, at: null });
  });

  test('is told by diskseq and number, and by the file where it is known', () => {
    const hers = records(alice);
    attach(hers, 3, 100n);
    expect(hers.ownershipOf(3, 100n)).toBe('own');
    expect(hers.ownershipOf(3, 100n, { device: 5n, inode: 6n })).toBe('own');
    expect(hers.ownershipOf(3, 100n, { device: 5n, inode: 7n })).toBe('unknown');
    expect(hers.ownershipOf(3, 101n)).toBe('unknown');
    expect(hers.ownershipOf(4, 100n)).toBe('unknown');
    const his = records(bob);
    expect(his.ownershipOf(3, 100n)).toBe('other-user');
    expect([his.ownerOf(3, 100n), his.ownerOf(4, 100n)]).toEqual([alice, null]);
    expect(records(0).ownershipOf(99, 12345n)).toBe('own');
  });

  test('ends with the device', () => {
    const hers = records(alice);
    attach(hers, 3, 100n);
    hers.forget(100n);
    hers.forget(100n);
    expect(hers.ownershipOf(3, 100n)).toBe('unknown');
  });

  test('is given by no damaged record', () => {
    const hers = records(alice);
    attach(hers, 3, 100n);
    const path = join(folder, 'devices', '100');
    const good = readFileSync(path, 'utf8');
    for (const text of [
      '',
      '{}',
      good.slice(0, 50),
      good.replace('61001', '-1'),
      good.replace('"100"', '"101"'),
      `${good}${good}`,
      '[]\n[]\n',
    ]) {
      writeFileSync(path, text);
      expect([text, hers.ownershipOf(3, 100n)]).toEqual([text, 'unknown']);
    }
    rmSync(path);
    symlinkSync('/etc/passwd', path);
    expect(hers.ownershipOf(3, 100n)).toBe('unknown');
  });
});

describe('before the device exists', () => {
  test('there is a file that udev can look for, whatever the umask, for root alone', async () => {
    const before = process.umask(0);
    try {
      const record = records(alice).begin(intent(7));
      expect(statSync(join(folder, 'pending/loop7')).mode & 0o777).toBe(0o600);
      for (const name of ['', 'pending', 'devices', 'mounts']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);
      record.complete(9n);
      await nextTurn();
      expect(existsSync(join(folder, 'pending/loop7'))).toBe(false);
      expect(existsSync(join(folder, 'devices/9'))).toBe(true);
    } finally {
      process.umask(before);
    }
  });

  test('two helpers may try for the same number; neither waits for the other, and each completes its own', () => {
    const first = records(alice).begin(intent(7));
    const his = records(bob);
    const [second, third] = [his.begin(intent(7)), his.begin(intent(7))];
    attached.set(7, 50n);
    second.complete(50n);
    third.abandon();
    first.abandon();
    expect(his.ownershipOf(7, 50n)).toBe('own');
    expect(readdirSync(join(folder, 'pending'))).toEqual([]);
  });

  test('the file that a killed helper left is taken over, name and all', () => {
    records(alice).begin(intent(7));
    const his = records(bob);
    const path = join(folder, 'pending/loop7');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"startTime":"\d+"/u, '"startTime":"1"'));
    const record = his.begin(intent(7));
    expect(readFileSync(path, 'utf8')).toContain(`"uid":${bob}`);
    record.abandon();
  });

  test('ending a record twice does nothing', () => {
    const hers = records(alice);
    const record = hers.begin(intent(7));
    record.complete(50n);
    record.abandon();
    expect(readdirSync(join(folder, 'devices'))).toEqual(['50']);
  });
});

describe('the limit of one user', () => {
  test('refuses one device more, counts no others and none that are gone, and does not hold for root', () => {
    const hers = records(alice);
    for (let number = 0; number < DEVICES_PER_USER; number++) attach(hers, number, BigInt(1000 + number));
    expect(() => hers.begin(intent(9000))).toThrow(new HelperError('LIMIT_REACHED'));
    expect(readdirSync(join(folder, 'pending'))).toEqual([]);
    records(bob).begin(intent(9001)).abandon();
    records(0).begin(intent(9002)).abandon();
    attached.set(5, 99_999n);
    hers.begin(intent(9003)).abandon();
  });
});

describe('a helper that was killed', () => {
  /** Makes the record look as if its helper had ended. */
  function kill(name: string): void {
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"startTime":"\d+"/u, '"startTime":"1"'));
  }

  test('before it attached leaves nothing', () => {
    records(alice).begin(intent(7));
    kill('pending/loop7');
    records(alice);
    expect(readdirSync(join(folder, 'pending'))).toEqual([]);
  });

  test('leaves one that is known also when two helpers have written the same line', () => {
    const hers = records(alice);
    attach(hers, 3, 100n);
    const path = join(folder, 'devices', '100');
    writeFileSync(path, `${readFileSync(path, 'utf8')}${readFileSync(path, 'utf8').split('\n')[1]}\n`);
    expect(records(alice).ownershipOf(3, 100n)).toBe('own');
  });

  test('does not take the record of one that still works', async () => {
    const record = records(alice).begin(intent(7));
    records(bob);
    expect(existsSync(join(folder, 'pending/loop7'))).toBe(true);
    record.complete(50n);
    await nextTurn();
    attached.set(7, 50n);
    expect(records(alice).ownershipOf(7, 50n)).toBe('own');
    expect(readdirSync(join(folder, 'pending'))).toEqual([]);
  });

  test('does not take the record that one is just making', () => {
    mkdirSync(join(folder, 'pending'), { recursive: true, mode: 0o700 });
    const names = [`loop7.${process.pid}.0`, 'loop8.4194304.0', 'loop9'];
    for (const name of names) writeFileSync(join(folder, 'pending', name), '');
    records(bob);
    expect(readdirSync(join(folder, 'pending'))).toEqual(names.slice(0, 1));
  });

  test('whose mark another helper took over at the same moment takes nothing of that one away', async () => {
    const hers = records(alice).begin(intent(7));
    const path = join(folder, 'pending/loop7');
    rmSync(path);
    const his = records(bob).begin(intent(7));
    hers.abandon();
    expect(readFileSync(path, 'utf8')).toContain(`"uid":${bob}`);
    his.complete(50n);
    await nextTurn();
    expect([readdirSync(join(folder, 'pending')), readdirSync(join(folder, 'devices'))]).toEqual([[], ['50']]);
    attached.set(7, 50n);
    expect(records(bob).ownershipOf(7, 50n)).toBe('own');
  });

  test('leaves no record of a device that is gone', () => {
    attach(records(alice), 3, 100n);
    attached.set(3, 102n);
    records(bob);
    expect(readdirSync(join(folder, 'devices'))).toEqual([]);
  });
});

describe('the folder', () => {
  test('is refused when somebody else owns it, could write to it, or it is a link', () => {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, alice, alice);
    expect(() => openStateFolders(folder)).toThrow(StateFolderRefused);
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o770);
    expect(() => openStateFolders(folder)).toThrow(StateFolderRefused);
    const link = `${folder}-link`;
    symlinkSync('/tmp', link);
    expect(() => openStateFolders(link)).toThrow(StateFolderRefused);
  });
});
