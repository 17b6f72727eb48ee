/** The places of a device that can hold something: the device itself, its partitions, and what is in them. Pure. */
import type { Content, Contents } from '../../electron/ipc/contents.ts';
import type { LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import type { KnownContents } from './contents.ts';
import type { Excuse } from './excuses.ts';
import { fillOfType, unreadContents, type FillKind, type Segment } from './partition-map.ts';

export interface Part {
  /** Null: the whole device. */
  readonly partition: number | null;
  readonly sizeBytes: bigint;
  readonly mounts: readonly Mount[];
  readonly usedAsSwap: boolean;
  readonly readOnly: boolean;
  /** Null: not known, or not known yet. */
  readonly content: Content | null;
  /** Whether the kernel has a device for it; a partition of a table that it did not read has none. */
  readonly inKernel: boolean;
}

/** The whole device first, then the partitions by number, with those that only the table in the image names. */
export function partsOf(device: LoopDevice, contents: Contents): readonly Part[] {
  const at = (partition: number | null): Content | null => contents.find((content) => content.partition === partition) ?? null;
  const whole: Part = { ...device, partition: null, sizeBytes: BigInt(device.sizeBytes), content: at(null), inKernel: true };
  const known = device.partitions.map((one) => ({
    ...one,
    partition: one.number,
    sizeBytes: BigInt(one.sizeBytes),
    content: at(one.number),
    inKernel: true,
  }));
  return [whole, ...[...known, ...unreadParts(device, contents)].toSorted((left, right) => left.partition - right.partition)];
}

/** Partitions of the table in the image that the kernel made no devices of. */
export function unreadParts(device: LoopDevice, contents: Contents): readonly (Part & { readonly partition: number })[] {
  return unreadContents(device, contents).map((content) => ({
    partition: content.partition,
    sizeBytes: BigInt(content.range.sizeBytes),
    mounts: [],
    usedAsSwap: false,
    readOnly: device.readOnly,
    content,
    inKernel: false,
  }));
}

/** The part that a piece of the picture shows. */
export function partOf(device: LoopDevice, segment: Exclude<Segment, { kind: 'free' }>, contents: Contents): Part {
  const partition = segment.kind === 'whole' ? null : segment.kind === 'unread' ? segment.partition : segment.partition.number;
  const found = partsOf(device, contents).find((part) => part.partition === partition);
  if (found === undefined) throw new Error('the picture shows a part that the device does not have');
  return found;
}

/** Type as the kernel says it for what is mounted, else as libblkid does; null where nothing is known. */
export function partType(part: Pick<Part, 'mounts' | 'usedAsSwap' | 'content'>): string | null {
  if (part.usedAsSwap) return 'swap';
  return part.mounts[0]?.fileSystemType ?? (part.content === null || part.content.type === '' ? null : part.content.type);
}

export function partFill(part: Pick<Part, 'mounts' | 'usedAsSwap' | 'content'>): FillKind {
  const kind = part.content?.kind;
  if (part.usedAsSwap || kind === 'swap') return 'swap';
  if (part.mounts.length === 0 && kind === 'encrypted') return 'luks';
  if (part.mounts.length === 0 && kind === 'raid-or-volume') return 'lvm';
  const type = partType(part);
  return type === null ? 'other' : fillOfType(type);
}

/** Why what is there cannot be mounted, null where trying makes sense. */
export function mountExcuse(part: Part, known: KnownContents | undefined): Excuse | null {
  if (part.usedAsSwap) return 'is-swap';
  if (known === undefined) return 'looking';
  // Main looks once more when it is asked to mount, and then says what is wrong.
  if (known.error !== null || part.content === null) return known.error === null ? 'nothing-found' : null;
  const { kind, mountable } = part.content;
  switch (kind) {
    case 'file-system':
      return mountable ? null : 'not-mountable';
    case 'swap':
      return 'is-swap';
    case 'encrypted':
      return 'is-encrypted';
    case 'raid-or-volume':
      return 'is-volume';
    case 'partition-table':
      return 'is-table';
    case 'other':
    case 'nothing':
      return 'nothing-found';
  }
}

/** What file systems leave unused at the end because it is no whole block or group of blocks. */
const LEAST_GROWTH_BYTES = 1024n * 1024n;

/** Types whose size can be changed while they are mounted. */
const growing: ReadonlySet<string> = new Set(['ext4', 'xfs', 'btrfs']);

export function growFileSystemExcuse(part: Part): Excuse | null {
  const [mount] = part.mounts;
  if (mount === undefined) return 'not-mounted';
  if (!growing.has(mount.fileSystemType)) return 'cannot-grow';
  if (mount.readOnly) return 'mounted-read-only';
  const space = part.content?.space ?? null;
  return space !== null && part.sizeBytes - BigInt(space.fileSystemBytes) < LEAST_GROWTH_BYTES ? 'fills-place' : null;
}

export function trimExcuse(part: Part): Excuse | null {
  const [mount] = part.mounts;
  if (mount === undefined) return 'not-mounted';
  return mount.readOnly ? 'mounted-read-only' : null;
}

/** What one press of Mount or Unmount is about. */
export interface MountChoice {
  readonly mounted: readonly Part[];
  /** Can be mounted and is not. */
  readonly mountable: readonly Part[];
  /** Why nothing can be mounted, null where something can. */
  readonly excuse: Excuse | null;
}

export function mountChoice(device: LoopDevice, known: KnownContents | undefined): MountChoice {
  const parts = partsOf(device, known?.contents ?? []);
  const mounted = parts.filter((part) => part.mounts.length > 0);
  const open = parts.filter((part) => part.mounts.length === 0);
  const mountable = open.filter((part) => part.content?.mountable === true && mountExcuse(part, known) === null);
  const [whole] = parts;
  if (mountable.length > 0 || whole === undefined) return { mounted, mountable, excuse: null };
  // After a failed look, main is asked about the device as a whole and says what is wrong.
  if (known !== undefined && known.error !== null) return { mounted, mountable: mounted.length === 0 ? [whole] : [], excuse: null };
  const why = open.map((part) => mountExcuse(part, known)).find((excuse) => excuse !== null && excuse !== 'is-table');
  return { mounted, mountable, excuse: why ?? 'nothing-found' };
}

/** The mount that Open shows: that of the chosen part, or of the largest one. */
export function mountToOpen(device: LoopDevice, chosen: number | null): Mount | null {
  const parts = partsOf(device, []).filter((part) => part.mounts.length > 0);
  const wanted = parts.find((part) => part.partition === chosen);
  const largest = parts.toSorted((left, right) => (left.sizeBytes < right.sizeBytes ? 1 : -1))[0];
  return (wanted ?? largest)?.mounts[0] ?? null;
}
