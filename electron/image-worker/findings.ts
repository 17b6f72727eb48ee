/** What the image worker is asked and what it answers; one JSON object a line each. Sizes are bytes as decimal text. */

/** Comes on the socket with one descriptor of the image, opened for reading. */
export interface ProbeRequest {
  readonly id: number;
  readonly offsetBytes: string;
  readonly sizeBytes: string;
  /** Logical block size: a partition table counts in it. */
  readonly sectorBytes: number;
}

/** What libblkid says of one place; empty text where it says nothing. */
export interface Signature {
  readonly type: string;
  readonly usage: string;
  readonly version: string;
  readonly label: string;
  readonly uuid: string;
  readonly tableType: string;
  /** Signatures of several things that exclude each other: libblkid refuses to decide. */
  readonly ambiguous: boolean;
}

export interface PartitionFinding extends Signature {
  readonly number: number;
  /** From the start of the range that was probed. */
  readonly startBytes: string;
  readonly sizeBytes: string;
  /** Holds logical partitions and nothing else. */
  readonly isExtended: boolean;
}

export interface Findings {
  readonly whole: Signature;
  readonly partitions: readonly PartitionFinding[];
}

export type ProbeReply =
  | { readonly id: number; readonly findings: Findings }
  /** For the Details view only. */
  | { readonly id: number; readonly failure: string };
