/** Which loop device a person means: by node, number, file, or reference name. Pure but for the look at the file system given to it. */
import type { BigIntStats } from 'node:fs';
import { fromKernelText, LOOP_NUMBER_LIMIT } from '../../native-helper/protocol/scalars.ts';
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toFileNameBytes } from '../images/file-name-bytes.ts';
import { isSameFile } from './same-file.ts';

/** What the file system says of a name; null where there is no such file. */
export interface NamedFile {
  readonly facts: BigIntStats;
  /** Absolute path without symbolic links. */
  readonly path: Buffer;
}

export type Resolution =
  | { readonly kind: 'found'; readonly device: LoopDevice }
  | { readonly kind: 'not-attached'; readonly number: number }
  | { readonly kind: 'no-such-device'; readonly number: number }
  | { readonly kind: 'unknown-name' }
  | { readonly kind: 'file-not-attached' }
  | { readonly kind: 'ambiguous'; readonly devices: readonly LoopDevice[] };

/** Major number of loop devices (Documentation/admin-guide/devices.txt). */
const LOOP_MAJOR = 7n;

export function nodePath(number: number): string {
  return `/dev/loop${number}`;
}

/** The number in `/dev/loop3`, `loop3` or `3`; null for every other text. Does not look at the file system. */
export function parseNodeName(name: string): number | null {
  const digits = /^(?:\/dev\/loop\/?|loop)?(0|[1-9][0-9]{0,6})$/u.exec(name)?.[1];
  const number = digits === undefined ? NaN : Number(digits);
  return number < LOOP_NUMBER_LIMIT ? number : null;
}

/** Whole loop device behind a node that has another name, such as a link in /dev/disk. */
function numberOfNode(file: NamedFile): number | null {
  const { facts } = file;
  return facts.isBlockDevice() && facts.rdev >> 8n === LOOP_MAJOR ? parseNodeName(file.path.toString('latin1')) : null;
}

function byNumber(number: number, snapshot: DeviceSnapshot): Resolution {
  const device = snapshot.devices.find((candidate) => candidate.number === number);
  if (device !== undefined) return { kind: 'found', device };
  return { kind: snapshot.unboundNumbers.includes(number) ? 'not-attached' : 'no-such-device', number };
}

function hasBackingFile(device: LoopDevice, file: NamedFile): boolean {
  if (device.identity !== null) return isSameFile(device, file.facts);
  if (device.backingFile === null || device.backingFileState !== 'named') return false;
  return file.path.equals(fromKernelText(device.backingFile));
}

function hasReference(device: LoopDevice, name: Buffer): boolean {
  return device.reference !== null && device.reference.text !== '' && name.equals(fromKernelText(device.reference));
}

/**
 * Finds the device. A path with a slash is a node or a file; a bare word may also be a number, `loopN` or a reference
 * name, and is ambiguous when these lead to different devices.
 */
export function resolveDevice(name: string, snapshot: DeviceSnapshot, file: NamedFile | null): Resolution {
  const number = parseNodeName(name) ?? (file === null ? null : numberOfNode(file));
  if (number !== null && name.includes('/')) return byNumber(number, snapshot);
  const bytes = toFileNameBytes(name);
  const candidates = new Set<LoopDevice>();
  for (const device of snapshot.devices) {
    const named = device.number === number || hasReference(device, bytes);
    if (named || (file !== null && hasBackingFile(device, file))) candidates.add(device);
  }
  const [device, ...others] = candidates;
  if (device !== undefined) return others.length === 0 ? { kind: 'found', device } : { kind: 'ambiguous', devices: [device, ...others] };
  if (number !== null) return byNumber(number, snapshot);
  return { kind: file === null ? 'unknown-name' : 'file-not-attached' };
}
