/** What can be done with the size of what lies in a place. Pure data. */
import type { InspectedContent } from '../../ipc/inspection.ts';
import type { PlaceRestriction, ResizeRefusal } from '../../ipc/resize.ts';

/** `container`: only the place changes, what is inside finds out by itself. `nothing`: there is nothing to change. */
export type Way = 'offline' | 'mounted' | 'swap' | 'container' | 'nothing';

export interface Abilities {
  /** Ways to grow, the one that is preferred for a mounted file system last. */
  readonly grow: readonly Way[] | ResizeRefusal;
  readonly shrink: Way | ResizeRefusal;
}

const ext: Abilities = { grow: ['offline', 'mounted'], shrink: 'offline' };
const readOnlyKind: Abilities = { grow: 'only-read', shrink: 'only-read' };
const fixed: Abilities = { grow: 'fixed-size', shrink: 'fixed-size' };

/** By libblkid's TYPE. */
const byType: Readonly<Record<string, Abilities>> = {
  ext2: ext,
  ext3: ext,
  ext4: ext,
  xfs: { grow: ['mounted'], shrink: 'only-grows' },
  btrfs: { grow: ['mounted'], shrink: 'mounted' },
  swap: { grow: ['swap'], shrink: 'swap' },
  crypto_LUKS: { grow: ['container'], shrink: 'encrypted' },
  vfat: fixed,
  exfat: fixed,
  ntfs: fixed,
  iso9660: readOnlyKind,
  udf: readOnlyKind,
  squashfs: readOnlyKind,
  erofs: readOnlyKind,
};

const byRestriction: Readonly<Record<PlaceRestriction['kind'], Abilities>> = {
  clusters: { grow: ['mounted'], shrink: 'clusters' },
  'fixed-inodes': { ...ext, shrink: 'fixed-inodes' },
};

export function abilitiesOf(content: InspectedContent | null, restriction?: PlaceRestriction): Abilities {
  if (restriction !== undefined) return byRestriction[restriction.kind];
  if (content === null) return { grow: 'unknown-contents', shrink: 'unknown-contents' };
  if (content.kind === 'nothing') return { grow: ['nothing'], shrink: 'nothing' };
  if (Object.hasOwn(byType, content.type)) return byType[content.type] ?? fixed;
  if (content.kind === 'raid-or-volume') return { grow: 'volume', shrink: 'volume' };
  if (content.kind === 'encrypted') return { grow: 'encrypted', shrink: 'encrypted' };
  return content.kind === 'file-system' ? fixed : { grow: 'unknown-contents', shrink: 'unknown-contents' };
}

/** btrfs refuses less (BTRFS_IOC_RESIZE: EINVAL below 256 MiB). */
export const SMALLEST_BTRFS_BYTES = 256n << 20n;
/** Ten pages: mkswap(8). */
export const SMALLEST_SWAP_BYTES = 40_960n;
