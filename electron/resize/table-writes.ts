/** Changes of an image's bytes, in groups: everything of a group is on the disk before the next one begins. Offsets count from the start of the image. */

export interface PlannedWrite {
  readonly offset: bigint;
  readonly bytes: Buffer;
}

export type WriteGroups = readonly (readonly PlannedWrite[])[];

/** Reads exactly `size` bytes of the image. */
export type ReadImage = (offset: bigint, size: number) => Promise<Buffer>;

export interface TableChange {
  /** Size the image has. */
  readonly fromBytes: bigint;
  /** Size the image shall have. */
  readonly sizeBytes: bigint;
  readonly sectorBytes: number;
  readonly partitions: readonly { readonly number: number; readonly sizeBytes: bigint }[];
}
