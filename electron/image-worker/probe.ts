/** Looks at an image through libblkid. Image worker. */
import type { Findings, PartitionFinding, Signature, SizedSignature } from './findings.ts';
import type { ImageBytes } from './image-bytes.ts';
import { blkid, isHole, type Pointer } from './native.ts';
import { readSpace } from './space.ts';
import { mayBeZfs } from './zfs-mark.ts';

/** BLKID_SUBLKS_*: label, UUID, type, usage, version (blkid.h). */
const SUPERBLOCK_FLAGS = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 7) | (1 << 8);

/** libblkid counts partitions in these, whatever the sector size. */
const UNIT_BYTES = 512n;

/** The kernel makes devices of no more (DISK_MAX_PARTS). */
const MOST_PARTITIONS = 256;

const FOUND = 0;
const NOTHING = 1;
const AMBIGUOUS = -2;

/** BLKID_FLTR_NOTIN and BLKID_FLTR_ONLYIN (blkid.h). */
const NOT_IN = 1;
const ONLY_IN = 2;

/** What is made to lie around a partition table: discs that are disks as well. */
const BESIDE_A_TABLE = ['iso9660', 'udf', 'hfs', 'hfsplus'];

/** An MBR's mark of the partition to start from. */
const ACTIVE = 0x80n;

export const noSignature: Signature = { type: '', usage: '', version: '', label: '', uuid: '', tableType: '', ambiguous: false };

/** The signatures of a range and of the partitions that lie in it. Reads only. Throws when libblkid fails. */
export function probe(image: ImageBytes, sectorBytes: number): Findings {
  const read = signatureReader(image);
  const { entries, whole } = withProbe(image, sectorBytes, (handle) => ({ whole: read(handle), entries: listEntries(handle) }));
  return { whole: withSpace(image, whole), partitions: entries.flatMap((found) => describePartition(image, sectorBytes, found)) };
}

function withSpace(part: ImageBytes, signature: Signature): SizedSignature {
  return { ...signature, space: readSpace(part, signature.type) };
}

export function probeSignature(image: ImageBytes, sectorBytes: number): Signature {
  // Zeroes have none. Images are made empty, and most stay so in places.
  if (isHole(image.fd, image.offsetBytes, image.sizeBytes)) return noSignature;
  return withProbe(image, sectorBytes, signatureReader(image));
}

function signatureReader(image: ImageBytes): (handle: Pointer) => Signature {
  return mayBeZfs(image) ? readSignature : readSignatureButZfs;
}

/**
 * The signature of an image that begins with a GPT. That lies where ZFS keeps a label, so a pool can only be in its partitions. Where both
 * copies of the table are `whole`, anything but a disc is taken for a remnant of an earlier time: every mkfs of Linux that was looked at wipes at
 * least one of them. Of one that does not, the table would be shown.
 */
export function probePartitioned(image: ImageBytes, { whole }: { readonly whole: boolean }): Signature {
  return withProbe(image, 512, (handle) => {
    // The table itself is known already, and looking for it took a third of the time.
    blkid.enablePartitions(handle, 0);
    if (!whole) return readSignatureButZfs(handle);
    filter(handle, ONLY_IN, BESIDE_A_TABLE);
    return readSignature(handle);
  });
}

/** A partition table with its entries, of which those beyond the end of the image are some too. */
export interface Table {
  /** libblkid's name: `dos`, `gpt`, `bsd`. */
  readonly type: string;
  readonly id: string;
  readonly entries: readonly TableEntry[];
}

/** Null: no table that libblkid knows. */
export function probeTable(image: ImageBytes, sectorBytes: number): Table | null {
  return withProbe(image, sectorBytes, (handle) => {
    const list = blkid.getPartitions(handle);
    const table = list === null ? null : blkid.getTable(list);
    if (table === null) return null;
    return { type: blkid.tableType(table) ?? '', id: blkid.tableId(table) ?? '', entries: listEntries(handle) };
  });
}

export interface TableEntry {
  readonly number: number;
  readonly start: bigint;
  readonly size: bigint;
  readonly typeCode: string;
  readonly name: string;
  readonly uuid: string;
  readonly bootable: boolean;
  readonly role: 'primary' | 'extended' | 'logical';
}

function withProbe<T>({ fd, offsetBytes, sizeBytes }: ImageBytes, sectorBytes: number, work: (handle: Pointer) => T): T {
  const handle = blkid.newProbe();
  if (handle === null) throw new Error('blkid_new_probe failed');
  try {
    if (blkid.setDevice(handle, fd, offsetBytes, sizeBytes) !== 0) throw new Error('blkid_probe_set_device failed');
    if (blkid.setSectorSize(handle, sectorBytes) !== 0) throw new Error('blkid_probe_set_sectorsize failed');
    blkid.enableSuperblocks(handle, 1);
    blkid.setSuperblockFlags(handle, SUPERBLOCK_FLAGS);
    blkid.enablePartitions(handle, 1);
    return work(handle);
  } finally {
    blkid.freeProbe(handle);
  }
}

function readSignatureButZfs(handle: Pointer): Signature {
  filter(handle, NOT_IN, ['zfs_member']);
  return readSignature(handle);
}

function filter(handle: Pointer, flag: number, types: readonly string[]): void {
  if (blkid.filterSuperblocks(handle, flag, [...types, null]) !== 0) throw new Error('blkid_probe_filter_superblocks_type failed');
}

function readSignature(handle: Pointer): Signature {
  const outcome = blkid.safeProbe(handle);
  if (outcome !== FOUND && outcome !== NOTHING && outcome !== AMBIGUOUS) throw new Error('blkid_do_safeprobe failed');
  const value = (name: string): string => (outcome === FOUND ? lookup(handle, name) : '');
  return {
    type: value('TYPE'),
    usage: value('USAGE'),
    version: value('VERSION'),
    label: value('LABEL'),
    uuid: value('UUID'),
    tableType: value('PTTYPE'),
    ambiguous: outcome === AMBIGUOUS,
  };
}

function lookup(handle: Pointer, name: string): string {
  const value: [string | null] = [null];
  return blkid.lookup(handle, name, value, [null]) === 0 ? (value[0] ?? '') : '';
}

/** Everything of the table that is copied out before the probe is freed: its pointers end with it. */
function listEntries(handle: Pointer): TableEntry[] {
  const list = blkid.getPartitions(handle);
  if (list === null) return [];
  const count = Math.min(blkid.countPartitions(list), MOST_PARTITIONS);
  return Array.from({ length: count }, (_, index) => blkid.getPartition(list, index))
    .filter((entry) => entry !== null)
    .map((entry) => ({
      number: blkid.partitionNumber(entry),
      start: BigInt(blkid.partitionStart(entry)) * UNIT_BYTES,
      size: BigInt(blkid.partitionSize(entry)) * UNIT_BYTES,
      typeCode: blkid.partitionTypeText(entry)?.toLowerCase() ?? `0x${blkid.partitionType(entry).toString(16).padStart(2, '0')}`,
      name: blkid.partitionName(entry) ?? '',
      uuid: blkid.partitionUuid(entry) ?? '',
      bootable: (BigInt(blkid.partitionFlags(entry)) & ACTIVE) !== 0n,
      role: blkid.isExtended(entry) === 1 ? 'extended' : blkid.isLogical(entry) === 1 ? 'logical' : 'primary',
    }));
}

/** A partition that does not lie in the range, or begins with the table itself, is none (util-linux 2.42, CWE-190). */
function describePartition(image: ImageBytes, sectorBytes: number, { number, name, start, size, role }: TableEntry): PartitionFinding[] {
  const fits = number >= 1 && start > 0n && size > 0n && start + size <= image.sizeBytes;
  if (!fits) return [];
  const isExtended = role === 'extended';
  const part = image.part(start, size);
  const signature = withSpace(part, isExtended ? noSignature : probeSignature(part, sectorBytes));
  return [{ ...signature, number, name, startBytes: start.toString(), sizeBytes: size.toString(), isExtended }];
}
