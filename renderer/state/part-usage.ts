/** How full the parts of a device are: as the kernel says of what is mounted, else as the file system says itself. Pure. */
import type { MountUsage } from '../../electron/ipc/device-page.ts';
import type { Part } from './parts.ts';

export interface PartUsage {
  readonly totalBytes: bigint;
  readonly usedBytes: bigint;
  /** For this user; null for what is not mounted. */
  readonly availableBytes: bigint | null;
}

/** Null where nobody says. */
export function usageOfPart({ mounts, content }: Pick<Part, 'mounts' | 'content'>, usage: readonly MountUsage[]): PartUsage | null {
  const mounted = usage.find(({ mountId }) => mounts.some((mount) => mount.mountId === mountId));
  if (mounted !== undefined) {
    const { totalBytes, usedBytes, availableBytes } = mounted;
    return { totalBytes: BigInt(totalBytes), usedBytes: BigInt(usedBytes), availableBytes: BigInt(availableBytes) };
  }
  const space = content?.space ?? null;
  if (space === null || space.usedBytes === null) return null;
  return { totalBytes: BigInt(space.fileSystemBytes), usedBytes: BigInt(space.usedBytes), availableBytes: null };
}

/** All file systems of a device together; null where the usage of none is known. */
export function usageOfParts(parts: readonly Part[], usage: readonly MountUsage[]): Omit<PartUsage, 'availableBytes'> | null {
  const known = parts.map((part) => usageOfPart(part, usage)).filter((one) => one !== null);
  if (known.length === 0) return null;
  const sum = (value: (one: PartUsage) => bigint): bigint => known.reduce((total, one) => total + value(one), 0n);
  return { totalBytes: sum((one) => one.totalBytes), usedBytes: sum((one) => one.usedBytes) };
}
