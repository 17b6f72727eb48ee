/** The places that mounting is about: a device or one of its partitions, and what is mounted there. Pure but for looking at names. */
import { resolve } from 'node:path';
import type { DeviceSnapshot, LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import { fromKernelText } from '../../native-helper/protocol/scalars.ts';
import { mountsOf } from '../images/contents.ts';
import { AppError } from '../ipc/errors.ts';
import { nodePath, parseNodeName, type NamedFile } from './device-names.ts';
import { lookAtFile } from './named-file.ts';
import { pickDevice } from './subjects.ts';

/** A partition named by its node, such as `/dev/loop3p1` or `loop3p1`. */
export interface PartitionName {
  readonly device: string;
  readonly partition: number;
}

/** Null for every other text. Does not look at the file system. */
export function parsePartitionName(name: string): PartitionName | null {
  const [, device = '', digits = ''] = /^((?:\/dev\/)?loop[0-9]+)p([1-9][0-9]{0,4})$/u.exec(name) ?? [];
  const partition = Number(digits);
  return parseNodeName(device) === null || partition > 65_535 ? null : { device, partition };
}

/** A name taken apart into what holds the partition and its number; a bare word is a file before it is a node. */
export function splitPartition(name: string): { readonly name: string; readonly partition: number | null } {
  const parsed = parsePartitionName(name);
  if (parsed === null || (!name.includes('/') && lookAtFile(name) !== null)) return { name, partition: null };
  return { name: parsed.device, partition: parsed.partition };
}

/** `/dev/loop3` or `/dev/loop3p1`. */
export function placePath({ number }: Pick<LoopDevice, 'number'>, partition: number | null): string {
  return partition === null ? nodePath(number) : `${nodePath(number)}p${partition}`;
}

/** One mount with the device it is of. */
export interface PlacedMount {
  readonly device: LoopDevice;
  readonly partition: number | null;
  readonly mount: Mount;
}

function mountsOfDevice(device: LoopDevice): readonly PlacedMount[] {
  return mountsOf(device).map((placed) => ({ ...placed, device }));
}

/** What is mounted at a path; of several on top of each other the one that is seen. */
export function mountAt(path: Uint8Array, { devices }: DeviceSnapshot): PlacedMount | null {
  const bytes = Buffer.from(path);
  const there = devices.flatMap(mountsOfDevice).filter(({ mount }) => bytes.equals(fromKernelText(mount.mountPoint)));
  return there.at(-1) ?? null;
}

/** The path a name means, also where this user may not look at it. */
function pathOf(name: string, file: NamedFile | null): Uint8Array {
  return file?.path ?? Buffer.from(resolve(name));
}

/**
 * The mounts a person named by mount point, device, partition, file or reference name; the last made first, as they have to be
 * unmounted. Throws AppError: NOT_MOUNTED when there is none.
 */
export function pickMounts(name: string, snapshot: DeviceSnapshot): readonly PlacedMount[] {
  const file = lookAtFile(name);
  if (name.includes('/') || file?.facts.isDirectory() === true) {
    const mount = mountAt(pathOf(name, file), snapshot);
    if (mount !== null) return [mount];
    if (file?.facts.isDirectory() === true) throw new AppError('NOT_MOUNTED');
  }
  const place = splitPartition(name);
  const mounts = mountsOfDevice(pickDevice(place.name, snapshot));
  const wanted = place.partition === null ? mounts : mounts.filter(({ partition }) => partition === place.partition);
  if (wanted.length === 0) throw new AppError('NOT_MOUNTED');
  return wanted.toSorted((a, b) => b.mount.mountId - a.mount.mountId);
}
