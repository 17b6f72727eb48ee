/** Changes of an image's bytes, in groups: everything of a group is on the disk before the next one begins. Offsets count from the start of the image. */

export interface PlannedWrite {
  readonly offset: bigint;
  readonly bytes: Buffer;
}

export type WriteGroups = readonly (readonly PlannedWrite[])[];

/** Reads exactly `size` bytes of the image. */
export type ReadImage = (offset: bigint, size: number) => Promise<Buffer>;

/** One that does not begin where it is said to is another one. */
export interface PartitionChange {
  readonly number: number;
  readonly startBytes: bigint;
  readonly sizeBytes: bigint;
}

export interface TableChange {
  /** Size the image has. */
  readonly fromBytes: bigint;
  /** Size the image shall have. */
  readonly sizeBytes: bigint;
  readonly sectorBytes: number;
  readonly partitions: readonly PartitionChange[];
}

/** What a plan has as text. */
export function toPartitionChange(
  one: Readonly<Record<'startBytes' | 'sizeBytes', string>> & Pick<PartitionChange, 'number'>,
): PartitionChange {
  return { number: one.number, startBytes: BigInt(one.startBytes), sizeBytes: BigInt(one.sizeBytes) };
}
