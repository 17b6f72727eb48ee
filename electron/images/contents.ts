/** From what libblkid found to what the window shows and Platter mounts. Pure. */
import type { LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import { isFileSystemType, type FileSystemType } from '../../native-helper/protocol/mounts.ts';
import type { Findings, PartitionFinding, Signature, SizedSignature, SpaceFinding } from '../image-worker/findings.ts';
import type { Content, ContentKind, Contents } from '../ipc/contents.ts';

/** libblkid's names that differ from the kernel's. */
const kernelNames: Readonly<Record<string, FileSystemType>> = { ntfs: 'ntfs3' };

/** The type to mount a signature as; null when Platter does not mount it. */
export function toFileSystemType(type: string): FileSystemType | null {
  const name = Object.hasOwn(kernelNames, type) ? (kernelNames[type] ?? type) : type;
  return isFileSystemType(name) ? name : null;
}

/** The whole first, then the partitions by number. */
export function toContents({ whole, partitions }: Findings): Contents {
  const placed = inOrder(partitions).map((found) => {
    const { number, name, startBytes, sizeBytes } = found;
    return toContent({ partition: number, partitionName: name === '' ? null : name, range: { startBytes, sizeBytes } }, found);
  });
  return [toContent({ partition: null, partitionName: null, range: null }, whole), ...placed];
}

function toContent(
  place: Pick<Content, 'partition' | 'partitionName' | 'range'>,
  found: SizedSignature & { readonly isExtended?: boolean },
): Content {
  const none = { ...place, space: null, label: null, uuid: null, mountable: false };
  if (found.isExtended === true) return { ...none, kind: 'partition-table', type: 'dos' };
  const kind = kindOf(found);
  return {
    ...place,
    kind,
    type: kind === 'partition-table' ? found.tableType : found.type,
    space: kind === 'file-system' ? toSpace(found.space) : null,
    label: found.label === '' ? null : found.label,
    uuid: found.uuid === '' ? null : found.uuid,
    mountable: kind === 'file-system' && toFileSystemType(found.type) !== null,
  };
}

function toSpace(space: SpaceFinding | null): Content['space'] {
  if (space === null || space.fileSystemBytes === null) return null;
  const { fileSystemBytes, freeBytes } = space;
  return { fileSystemBytes, usedBytes: freeBytes === null ? null : String(BigInt(fileSystemBytes) - BigInt(freeBytes)) };
}

/** A file system counts for more than a table beside it: an ISO image for sticks has both, and its files are in the first. */
export function kindOf({ type, usage, tableType, ambiguous }: Signature): ContentKind {
  if (ambiguous) return 'other';
  if (type === '') return tableType === '' ? 'nothing' : 'partition-table';
  if (usage === 'filesystem') return 'file-system';
  if (usage === 'crypto') return 'encrypted';
  if (usage === 'raid') return 'raid-or-volume';
  return type === 'swap' ? 'swap' : 'other';
}

/** One thing to mount. */
export interface MountPlace {
  /** Null: the whole device. */
  readonly partition: number | null;
  readonly fileSystemType: FileSystemType;
  readonly label: string | null;
  readonly sizeBytes: bigint;
  /** Where the kernel's partition has to be, should it have made none; null for the whole device. */
  readonly range: { readonly startBytes: string; readonly sizeBytes: string } | null;
}

/** What is mounted when everything is: the whole device where it holds a file system, since its partitions are then inside; else the partitions. */
export function planMounts(findings: Findings, sizeBytes: bigint): readonly MountPlace[] {
  const [whole, ...partitions] = listPlaces(findings, sizeBytes);
  return whole?.partition === null ? [whole] : [whole, ...partitions].filter((place) => place !== undefined);
}

/** Everything that can be mounted, one by one: the whole device first, then the partitions by number. */
export function listPlaces({ whole, partitions }: Findings, sizeBytes: bigint): readonly MountPlace[] {
  const first = toPlace(null, whole, sizeBytes, null);
  const others = inOrder(partitions).map((found) => {
    const { number, startBytes } = found;
    return found.isExtended ? null : toPlace(number, found, BigInt(found.sizeBytes), { startBytes, sizeBytes: found.sizeBytes });
  });
  return [first, ...others].filter((place) => place !== null);
}

function toPlace(partition: number | null, found: Signature, sizeBytes: bigint, range: MountPlace['range']): MountPlace | null {
  const fileSystemType = kindOf(found) === 'file-system' ? toFileSystemType(found.type) : null;
  if (fileSystemType === null) return null;
  return { partition, fileSystemType, label: found.label === '' ? null : found.label, sizeBytes, range };
}

function inOrder(partitions: readonly PartitionFinding[]): readonly PartitionFinding[] {
  return partitions.toSorted((a, b) => a.number - b.number);
}

/** A mount with the place it is of. */
export interface PlacedMount {
  readonly partition: number | null;
  readonly mount: Mount;
  /** Where the partition lies; null for the whole device. */
  readonly range: MountPlace['range'];
}

export function mountsOf(device: LoopDevice): readonly PlacedMount[] {
  const whole = device.mounts.map((mount) => ({ partition: null, mount, range: null }));
  const parts = device.partitions.flatMap(({ number, mounts, startBytes, sizeBytes }) =>
    mounts.map((mount) => ({ partition: number, mount, range: { startBytes, sizeBytes } })),
  );
  return [...whole, ...parts];
}

/** What can be told of a device whose file the user may not read: only what is in use. Places that are not used are left out. */
export function contentsInUse(device: LoopDevice): Contents {
  const places = [{ number: null, mounts: device.mounts, usedAsSwap: device.usedAsSwap }, ...device.partitions];
  return places.flatMap(({ number, mounts, usedAsSwap }): Content[] => {
    const [mount] = mounts;
    const unknown = { partition: number, partitionName: null, range: null, space: null, label: null, uuid: null };
    if (usedAsSwap) return [{ ...unknown, kind: 'swap', type: 'swap', mountable: false }];
    if (mount === undefined) return [];
    return [{ ...unknown, kind: 'file-system', type: mount.fileSystemType, mountable: toFileSystemType(mount.fileSystemType) !== null }];
  });
}
