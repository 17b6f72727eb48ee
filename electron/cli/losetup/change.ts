/** losetup's actions on devices that are there: detach, set capacity, direct I/O, sector size; and the first unused device. */
import { readSync } from 'node:fs';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { setCapacity as takeOverCapacity } from '../../actions/set-capacity.ts';
import { nodePath } from '../device-names.ts';
import { readDevice, readDevices } from '../in-process-reader.ts';
import { isRoot, withActingSession, type Session } from '../session.ts';
import { isTerminal, writeMessage } from '../terminal.ts';
import { findDevice, type NamedDevice } from './devices.ts';
import { errnoText, LosetupError } from './errors.ts';
import { failureReason } from './reasons.ts';

export type Report = (message: string) => void;

async function detachOne(session: Session, { number, path }: NamedDevice, report: Report): Promise<boolean> {
  const device = readDevice(number);
  if (device === null) {
    report(`${path}: detach failed: ${errnoText('ENXIO')}`);
    return false;
  }
  try {
    // As the kernel does it for losetup: a device in use detaches when its last user has gone.
    await session.call('devices/detach', { device: number, diskseq: device.diskseq, whenFree: true });
    return true;
  } catch (error) {
    report(`${path}: detach failed: ${failureReason(error)}`);
    return false;
  }
}

/** -d: the first device must be one; of the others each that fails is told. True when all went. */
export async function detachDevices(names: readonly string[], report: Report): Promise<boolean> {
  const [first, ...others] = names;
  const devices: NamedDevice[] = first === undefined ? [] : [findDevice(first)];
  let all = true;
  for (const name of others) {
    try {
      devices.push(findDevice(name));
    } catch (error) {
      if (!(error instanceof LosetupError)) throw error;
      report(error.message);
      all = false;
    }
  }
  // Without root nobody is asked for a password for what cannot succeed.
  if (devices.every(({ number }) => readDevice(number) === null)) {
    for (const { path } of devices) report(`${path}: detach failed: ${errnoText('ENXIO')}`);
    return false;
  }
  return await withSession(async (session) => {
    for (const device of devices) if (!(await detachOne(session, device, report))) all = false;
    return all;
  });
}

/** The devices -D detaches: for root all, for others those attached by them through Platter. */
export function selectOwn(devices: readonly LoopDevice[], root: boolean): readonly LoopDevice[] {
  return root ? devices : devices.filter((device) => device.ownership === 'own');
}

/** Asks on the terminal; without one nobody can be asked and scripts go on as with losetup. */
export function confirmDetachAll(devices: readonly LoopDevice[]): boolean {
  if (!isTerminal(0) || !isTerminal(2)) return true;
  writeMessage(`Detach ${devices.map((device) => nodePath(device.number)).join(' ')}? [y/N] `);
  const answer = Buffer.alloc(64);
  return /^\s*y(es)?\s*$/iu.test(answer.toString('latin1', 0, readSync(0, answer)));
}

/** -D. True when all went. */
export async function detachAll(report: Report): Promise<boolean> {
  if (readDevices().devices.length === 0) return true;
  return await withSession(async (session) => {
    const devices = selectOwn((await session.call('devices/list', {})).devices, isRoot());
    if (devices.length === 0) return true;
    if (!confirmDetachAll(devices)) return false;
    let all = true;
    for (const device of devices) {
      if (!(await detachOne(session, { number: device.number, path: nodePath(device.number) }, report))) all = false;
    }
    return all;
  });
}

/** A session whose failing to start is told in losetup's way. */
async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  try {
    return await withActingSession(work);
  } catch (error) {
    if (error instanceof LosetupError) throw error;
    throw new LosetupError(failureReason(error));
  }
}

/** Runs one action on one attached device and tells its failure as `PATH: WHAT failed: REASON`. */
async function change(name: string, what: string, work: (session: Session, device: LoopDevice) => Promise<unknown>): Promise<void> {
  const { number, path } = findDevice(name);
  const device = readDevice(number);
  if (device === null) throw new LosetupError(`${path}: ${what} failed: ${errnoText('ENXIO')}`);
  try {
    await withActingSession((session) => work(session, device));
  } catch (error) {
    throw new LosetupError(`${path}: ${what} failed: ${failureReason(error)}`);
  }
}

/** -c */
export async function setCapacity(name: string): Promise<void> {
  await change(name, 'set capacity', (session, { number, diskseq }) => takeOverCapacity(session, { device: number, diskseq }));
}

/** --direct-io DEVICE */
export async function setDirectIo(name: string, directIo: boolean): Promise<void> {
  await change(name, 'set direct io', (session, { number, diskseq }) =>
    session.call('devices/set', { device: number, diskseq, changes: { directIo } }),
  );
}

/** -b BYTES DEVICE */
export async function setSectorSize(name: string, bytes: bigint): Promise<void> {
  const what = 'set logical block size';
  await change(name, what, async (session, { number, diskseq }) => {
    if (bytes > 0xffff_ffffn) throw new LosetupError(`${name}: ${what} failed: ${errnoText('EINVAL')}`);
    await session.call('devices/set', { device: number, diskseq, changes: { logicalBlockSizeBytes: Number(bytes) } });
  });
}

/** -f: the kernel's choice for root, who may make a node; for others the first that is unattached. */
export async function findUnused(): Promise<string> {
  if (isRoot()) {
    try {
      return nodePath(await withActingSession((session) => session.call('nodes/find-free', {})));
    } catch (error) {
      throw new LosetupError(`cannot find an unused loop device: ${failureReason(error)}`);
    }
  }
  const [first] = readDevices().unboundNumbers;
  if (first === undefined) throw new LosetupError(`cannot find an unused loop device: ${errnoText('EACCES')}`);
  return nodePath(first);
}
