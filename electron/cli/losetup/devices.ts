/** Finds and reads the devices of a losetup command. Looking needs no helper. */
import { opendirSync, readdirSync, realpathSync, statSync, type BigIntStats } from 'node:fs';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { fromKernelText, toInode } from '../../../native-helper/protocol/scalars.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import { isSameFile } from '../same-file.ts';
import { nodePath } from '../device-names.ts';
import { readDevice, readDevices } from '../in-process-reader.ts';
import type { ShownDevice } from './columns.ts';
import { errnoText, LosetupError } from './errors.ts';

/** A device named on the command line; `path` as losetup shows it. */
export interface NamedDevice {
  readonly number: number;
  readonly path: string;
}

/** `loop3` stands for /dev/loop3, as for losetup since 2.39. */
export function devicePath(name: string): string {
  return name.startsWith('/') ? name : `/dev/${name}`;
}

/** Number of the loop device a node is of, by its device number. Null when there is no such node. */
function numberOfNode(path: string): number | null {
  try {
    const facts = statSync(toFileNameBytes(path), { bigint: true });
    if (!facts.isBlockDevice() || facts.rdev >> 8n !== 7n) return null;
    return Number((facts.rdev & 0xffn) | ((facts.rdev >> 12n) & 0xfff00n));
  } catch {
    return null;
  }
}

/** The device for an action on it. Throws LosetupError when the name is not of a loop device. */
export function findDevice(name: string): NamedDevice {
  const path = devicePath(name);
  const number = numberOfNode(path) ?? lostNumber(path);
  if (number === null) throw new LosetupError(`${name.toWellFormed()}: failed to use device: ${errnoText('ENODEV')}`);
  return { number, path };
}

/** A device whose node was removed from /dev, which the kernel still has. */
function lostNumber(path: string): number | null {
  const digits = /^\/dev\/loop(0|[1-9][0-9]{0,6})$/u.exec(path)?.[1];
  if (digits === undefined) return null;
  return statSync(`/sys/block/loop${digits}`, { throwIfNoEntry: false }) === undefined ? null : Number(digits);
}

/** Number a device will have that need not exist yet, for `losetup DEVICE FILE`. Null for names that cannot be of one. */
export function parseDevice(name: string): number | null {
  const path = devicePath(name);
  const digits = /^\/dev\/loop\/?(0|[1-9][0-9]{0,6})$/u.exec(path)?.[1];
  return numberOfNode(path) ?? (digits === undefined ? null : Number(digits));
}

/** Null when nothing is attached. */
export function readShown(number: number): ShownDevice | null {
  const device = readDevice(number);
  return device === null ? null : { device, isLost: statSync(nodePath(number), { throwIfNoEntry: false }) === undefined };
}

/**
 * Places of the devices in /sys/block as the kernel lists them, which is the order of losetup's lines. Node's readdir
 * sorts; reading the folder entry by entry does not.
 */
function kernelOrder(): ReadonlyMap<number, number> {
  const order = new Map<number, number>();
  for (const [place, name] of unsortedNames('/sys/block').entries()) {
    const digits = /^loop([0-9]+)$/u.exec(name)?.[1];
    if (digits !== undefined) order.set(Number(digits), place);
  }
  return order;
}

function unsortedNames(path: string): string[] {
  const folder = opendirSync(path, { bufferSize: 512 });
  try {
    const names: string[] = [];
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) names.push(entry.name);
    return names;
  } finally {
    folder.closeSync();
  }
}

/** All attached devices in losetup's order. */
export function readAllShown(): ShownDevice[] {
  const { devices } = readDevices();
  const order = kernelOrder();
  const nodes = new Set(readdirSync('/dev'));
  return devices
    .map((device) => ({ device, isLost: !nodes.has(`loop${device.number}`) }))
    .toSorted((a, b) => (order.get(a.device.number) ?? 0) - (order.get(b.device.number) ?? 0));
}

/** What -j and -L compare with: the file, by identity where it is known, else by its name. */
export interface ComparedFile {
  readonly facts: BigIntStats | null;
  /** As given, and without symbolic links. */
  readonly names: readonly Buffer[];
}

export function lookAtComparedFile(name: string): ComparedFile {
  const path = toFileNameBytes(name);
  try {
    return { facts: statSync(path, { bigint: true }), names: [path, realpathSync.native(path, { encoding: 'buffer' })] };
  } catch {
    return { facts: null, names: [path] };
  }
}

/** True when the device has this file behind it. */
export function usesFile(device: LoopDevice, { facts, names }: ComparedFile): boolean {
  if (facts !== null && device.identity !== null) {
    return facts.isBlockDevice() ? isSameFile(device, facts) || sameNode(device, facts) : isSameFile(device, facts);
  }
  const { backingFile } = device;
  return backingFile !== null && device.backingFileState === 'named' && names.some((name) => name.equals(fromKernelText(backingFile)));
}

/** losetup compares device and inode of the node itself. */
function sameNode(device: LoopDevice, facts: BigIntStats): boolean {
  return device.identity?.device === String(facts.dev) && device.identity.inode === toInode(facts.ino);
}
