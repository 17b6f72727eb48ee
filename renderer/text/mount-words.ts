/** Words about mounts and what is in them. */
import { formatSize, showText } from './format.ts';

const name = (text: string): string => `“${showText(text)}”`;

export const mountWords = {
  mount: 'Mount',
  mountAll: 'Mount All',
  mountReadOnly: 'Mount Read-Only',
  unmount: 'Unmount',
  unmountAll: 'Unmount All',
  mountThat: (part: string) => `Mount ${showText(part)}`,
  open: 'Open in Files',
  openThat: (part: string) => `Open ${showText(part)} in Files`,
  copyPath: 'Copy Path',
  copyFolder: 'Copy Folder Path',
  copyFolderOf: (part: string) => `Copy the folder path of ${showText(part)}`,
  trim: 'Trim Free Space',
  growFileSystem: 'Grow File System',
  mounted: (part: string, place: string) => `${name(part)} is mounted at ${showText(place)}.`,
  mountedMany: (places: readonly string[]) => `${places.length} file systems are mounted: ${places.map(showText).join(', ')}.`,
  unmounted: (places: readonly string[]) =>
    places.length === 1 ? `${showText(places[0] ?? '')} is unmounted.` : `${places.length} file systems are unmounted.`,
  trimmed: (image: string, bytes: bigint) =>
    bytes === 0n
      ? `There was no more free space to give back to ${name(image)}.`
      : `${formatSize(bytes)} of free space given back to ${name(image)}.`,
  grown: (place: string, size: string) => `The file system at ${showText(place)} is now ${size} large.`,
  grownAlready: (place: string) => `The file system at ${showText(place)} already fills its device.`,
  mountedAt: (places: readonly string[]) => `mounted at ${places.map(showText).join(', ')}`,
  nothingToMount: 'No file system that can be mounted was found in it.',
} as const;

/** Names of types that people know better than those of the kernel and libblkid; the others stay as they are. */
const typeNames: Readonly<Record<string, string>> = {
  vfat: 'FAT',
  msdos: 'FAT',
  exfat: 'exFAT',
  ntfs: 'NTFS',
  ntfs3: 'NTFS',
  iso9660: 'ISO 9660',
  udf: 'UDF',
  xfs: 'XFS',
  btrfs: 'Btrfs',
  hfs: 'HFS',
  hfsplus: 'HFS+',
  apfs: 'APFS',
  squashfs: 'SquashFS',
  erofs: 'EROFS',
  swap: 'Swap',
  crypto_LUKS: 'LUKS',
  BitLocker: 'BitLocker',
  LVM2_member: 'LVM',
  linux_raid_member: 'Linux RAID',
  gpt: 'GPT',
  dos: 'MBR',
  PMBR: 'GPT',
  mac: 'Apple partition map',
  bsd: 'BSD label',
  sun: 'Sun label',
  sgi: 'SGI label',
};

/** For people; the type comes from an image, so it may be any text. */
export function typeName(type: string): string {
  return Object.hasOwn(typeNames, type) ? (typeNames[type] ?? type) : showText(type);
}
