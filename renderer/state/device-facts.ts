/** Facts derived from a loop device: names, use, ranges. Pure, and cheap enough to ask for on each drawing. */
import type { LoopDevice, Mount, Partition } from '../../native-helper/protocol/devices.ts';

/** Names one attachment: the same number attached anew is another one. */
export type DeviceKey = string;

export function keyOf(device: Pick<LoopDevice, 'number' | 'diskseq'>): DeviceKey {
  return `${device.number}:${device.diskseq}`;
}

export function nodeName(device: { readonly number: number }): string {
  return `loop${device.number}`;
}

export function nodePath(device: { readonly number: number }): string {
  return `/dev/loop${device.number}`;
}

export function partitionName(device: { readonly number: number }, partition: { readonly number: number }): string {
  return `loop${device.number}p${partition.number}`;
}

/** The last part of a path; the whole where there is none. */
export function fileNameOf(path: string): string {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  return name === '' ? path : name;
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** File name for people, or null where the kernel could not say it. */
export function imageNameOf(device: LoopDevice): string | null {
  return device.backingFile === null ? null : fileNameOf(device.backingFile.text);
}

/** Name of the image, or of the node where the image has none. */
export function titleOf(device: LoopDevice): string {
  return imageNameOf(device) ?? nodeName(device);
}

/** All mounts of the device and of its partitions. */
export function allMounts(device: LoopDevice): readonly Mount[] {
  return [...device.mounts, ...device.partitions.flatMap((partition) => partition.mounts)];
}

export function isMounted(device: LoopDevice): boolean {
  return device.mounts.length > 0 || device.partitions.some((partition) => partition.mounts.length > 0);
}

/** Used as swap or by another block device on top. Mounts are told apart, because they have their own word. */
export function isHeld(device: LoopDevice): boolean {
  return device.usedAsSwap || device.holders.length > 0 || device.partitions.some((partition) => partition.usedAsSwap);
}

export function isInUse(device: LoopDevice): boolean {
  return isMounted(device) || isHeld(device);
}

/** File-system types seen on mounts, each once, in order. */
export function fileSystemTypes(device: LoopDevice): readonly string[] {
  return [...new Set(allMounts(device).map((mount) => mount.fileSystemType))];
}

/** Where a mount is, or null. */
export function firstMountPoint(part: LoopDevice | Partition): string | null {
  return part.mounts[0]?.mountPoint.text ?? null;
}

/**
 * Whether the kernel will detach the device with its last user and a person has to be told. An opened image, whose only
 * users are Platter's mounts, is meant to go with them: that is told among its properties. `asked`: this window asked for it.
 */
export function isDeferred(device: LoopDevice, asked: ReadonlySet<DeviceKey>): boolean {
  if (!device.autoclear) return false;
  return asked.has(keyOf(device)) || !isOpened(device);
}

/** Attached for the sake of its files: nothing but mounts where Platter makes them. */
export function isOpened(device: LoopDevice): boolean {
  const mounts = allMounts(device);
  return device.ownership === 'own' && mounts.length > 0 && mounts.every((mount) => mount.mountPoint.text.startsWith('/run/media/'));
}

/** Whether the backing file is itself a device node. */
export function isBackedByDevice(device: LoopDevice): boolean {
  if (device.identity !== null) return device.identity.rdevice !== '0';
  return device.backingFile?.text.startsWith('/dev/') ?? false;
}
