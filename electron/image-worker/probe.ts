/** Looks at an image through libblkid. Image worker. */
import type { Findings, PartitionFinding, Signature } from './findings.ts';
import { blkid, type Pointer } from './native.ts';

/** BLKID_SUBLKS_*: label, UUID, type, usage, version (blkid.h). */
const SUPERBLOCK_FLAGS = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 7) | (1 << 8);

/** libblkid counts partitions in these, whatever the sector size. */
const UNIT_BYTES = 512n;

/** The kernel makes devices of no more (DISK_MAX_PARTS). */
const MOST_PARTITIONS = 256;

const FOUND = 0;
const NOTHING = 1;
const AMBIGUOUS = -2;

export interface Range {
  readonly fd: number;
  readonly offsetBytes: bigint;
  readonly sizeBytes: bigint;
  readonly sectorBytes: number;
}

/** Reads only. Throws when libblkid fails. */
export function probe(range: Range): Findings {
  const { partitions, whole } = withProbe(range, (handle) => ({ whole: readSignature(handle), partitions: listPartitions(handle) }));
  return { whole, partitions: partitions.flatMap((found) => describePartition(range, found)) };
}

interface TableEntry {
  readonly number: number;
  readonly start: bigint;
  readonly size: bigint;
  readonly isExtended: boolean;
}

function withProbe<T>({ fd, offsetBytes, sizeBytes, sectorBytes }: Range, work: (handle: Pointer) => T): T {
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
function listPartitions(handle: Pointer): TableEntry[] {
  const list = blkid.getPartitions(handle);
  if (list === null) return [];
  const count = Math.min(blkid.countPartitions(list), MOST_PARTITIONS);
  return Array.from({ length: count }, (_, index) => blkid.getPartition(list, index))
    .filter((entry) => entry !== null)
    .map((entry) => ({
      number: blkid.partitionNumber(entry),
      start: BigInt(blkid.partitionStart(entry)) * UNIT_BYTES,
      size: BigInt(blkid.partitionSize(entry)) * UNIT_BYTES,
      isExtended: blkid.isExtended(entry) === 1,
    }));
}

const nothing: Signature = { type: '', usage: '', version: '', label: '', uuid: '', tableType: '', ambiguous: false };

/** A partition that does not lie in the range, or begins with the table itself, is none (util-linux 2.42, CWE-190). */
function describePartition(range: Range, { number, start, size, isExtended }: TableEntry): PartitionFinding[] {
  const fits = number >= 1 && start > 0n && size > 0n && start + size <= range.sizeBytes;
  if (!fits) return [];
  const place = { ...range, offsetBytes: range.offsetBytes + start, sizeBytes: size };
  const signature = isExtended ? nothing : withProbe(place, readSignature);
  return [{ ...signature, number, startBytes: start.toString(), sizeBytes: size.toString(), isExtended }];
}
