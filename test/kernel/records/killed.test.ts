/** What a killed helper left of a device that is there: whose it is, as the real kernel tells. Needs root. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createRecordKernel } from '../../../native-helper/records/kernel.ts';
import { createRecords, type AttachIntent, type DeviceRecords, type RecordKernel } from '../../../native-helper/records/ownership.ts';
import { useLoopFixture } from '../loop-fixture.ts';
import { withShutDownXfs } from '../shut-down-xfs.ts';

const fixture = useLoopFixture();
const recordKernel = createRecordKernel(() => false);
const alice = 61_001;
let folder = '';
let testNumber = 0;

beforeEach(() => {
  folder = join(fixture.folder, `state-${testNumber++}`);
});

function records(uid: number, kernel: RecordKernel): DeviceRecords {
  return createRecords({ uid, kernel, folder });
}

/** Makes the record look as if its helper had ended. */
function kill(name: string): void {
  const path = join(folder, name);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"startTime":"\d+"/u, '"startTime":"1"'));
}

test('after it attached leaves a device that is still known as the one it is', async () => {
  const reference = 'platter:61001:Zm9v';
  const device = await fixture.attach(fixture.makeImage('disk.img', 65_536), { reference, offsetBytes: 512n });
  const file = statSync(join(fixture.folder, 'disk.img'), { bigint: true });
  const real: AttachIntent = {
    number: device.number,
    fileDevice: file.dev,
    fileInode: file.ino,
    offsetBytes: 512n,
    sizeLimitBytes: 0n,
    reference: Buffer.from(reference),
  };
  const hers = records(alice, recordKernel);
  const name = `pending/loop${device.number}`;
  for (const other of [{ offsetBytes: 0n }, { fileInode: 1n }, { reference: Buffer.from('platter:61001:other') }]) {
    hers.begin({ ...real, ...other });
    kill(name);
    expect(records(alice, recordKernel).ownershipOf(device.number, device.diskseq)).toBe('unknown');
    expect(existsSync(join(folder, name))).toBe(false);
  }
  hers.begin(real);
  kill(name);
  expect(records(alice, recordKernel).ownershipOf(device.number, device.diskseq)).toBe('own');
  expect(readdirSync(join(folder, 'pending'))).toEqual([]);
});

test('gives nobody a device by a name that a person chose: somebody else may have attached it', async () => {
  const reference = join(fixture.folder, 'named.img').slice(0, 63);
  const device = await fixture.attach(fixture.makeImage('named.img', 65_536), { reference, readOnly: true });
  const { dev, ino } = statSync(join(fixture.folder, 'named.img'), { bigint: true });
  const same = { number: device.number, fileDevice: dev, fileInode: ino, offsetBytes: 0n, sizeLimitBytes: 0n };
  records(alice, recordKernel).begin({ ...same, reference: Buffer.from(reference) });
  kill(`pending/loop${device.number}`);
  expect(records(alice, recordKernel).ownershipOf(device.number, device.diskseq)).toBe('unknown');
  expect(readdirSync(join(folder, 'pending'))).toEqual([]);
});

test('keeps no helper from starting, whatever has become of the file', async () => {
  await withShutDownXfs(fixture, async (path, shutDown) => {
    const device = await fixture.attach(Buffer.from(path));
    const whole = { fileDevice: 5n, fileInode: 6n, offsetBytes: 0n, sizeLimitBytes: 0n, reference: Buffer.from(`platter:${alice}:a`) };
    records(alice, recordKernel).begin({ number: device.number, ...whole });
    kill(`pending/loop${device.number}`);
    shutDown();
    expect(records(alice, recordKernel).ownershipOf(device.number, device.diskseq)).toBe('unknown');
    expect(records(0, recordKernel).ownershipOf(device.number, device.diskseq)).toBe('own');
    expect(readdirSync(join(folder, 'pending'))).toEqual([]);
  });
});

test('is not asked of a file that may never answer', async () => {
  const reference = `platter:${alice}:slow`;
  const device = await fixture.attach(fixture.makeImage('slow.img', 65_536), { reference });
  const { dev, ino } = statSync(join(fixture.folder, 'slow.img'), { bigint: true });
  const same = { number: device.number, fileDevice: dev, fileInode: ino, offsetBytes: 0n, sizeLimitBytes: 0n };
  records(alice, recordKernel).begin({ ...same, reference: Buffer.from(reference) });
  kill(`pending/loop${device.number}`);
  const asked: number[] = [];
  const kernel = createRecordKernel((number) => asked.push(number) > 0);
  expect(records(alice, kernel).ownershipOf(device.number, device.diskseq)).toBe('unknown');
  expect(new Set(asked)).toEqual(new Set([device.number]));
});

test('leaves a device that two helpers take over at the same time, and is known to both', async () => {
  const reference = 'platter:61001:dHdv';
  const device = await fixture.attach(fixture.makeImage('both.img', 65_536), { reference });
  const file = statSync(join(fixture.folder, 'both.img'), { bigint: true });
  const whole = { number: device.number, fileDevice: file.dev, fileInode: file.ino, offsetBytes: 0n, sizeLimitBytes: 0n };
  records(alice, recordKernel).begin({ ...whole, reference: Buffer.from(reference) });
  const name = `pending/loop${device.number}`;
  kill(name);
  let other: DeviceRecords | null = null;
  // The second starts at the moment at which the first has found the device and not yet written anything.
  const readAttached: RecordKernel['readAttached'] = (number) => {
    const attached = recordKernel.readAttached(number);
    other = records(alice, recordKernel);
    return attached;
  };
  const first = records(alice, { ...recordKernel, readAttached });
  const known = [first, other].map((one: DeviceRecords | null) => one?.ownershipOf(device.number, device.diskseq));
  expect(known).toEqual(['own', 'own']);
  expect([readdirSync(join(folder, 'pending')), readdirSync(join(folder, 'devices'))]).toEqual([[], [String(device.diskseq)]]);
});
