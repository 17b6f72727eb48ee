/** The start of a session and what the helper and its kernel can do. */
import * as v from 'valibot';

/** Grows with every incompatible change of the protocol; both ends must agree exactly. */
export const PROTOCOL_VERSION = 1;

export const helloParams = v.strictObject({ protocolVersion: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)) });

export interface HelloResult {
  readonly protocolVersion: number;
  /** Version of the program, from package.json. */
  readonly version: string;
  /** `elevated`: runs as root and acts; `view`: runs without root and only looks. */
  readonly mode: 'elevated' | 'view';
  /** The user on whose behalf the helper acts. */
  readonly uid: number;
  readonly pid: number;
}

/** What this kernel offers, found out by asking it. */
export interface Features {
  readonly kernelRelease: string;
  readonly machine: string;
  readonly loopConfigure: boolean;
  /** LOOP_CHANGE_FD was removed from mainline in 2026. */
  readonly changeBackingFile: boolean;
  readonly directIo: boolean;
  /** 4,096 before Linux 6.15, 65,536 since. */
  readonly largestLogicalBlockSizeBytes: number;
  /** Partition-table parsers exist in this kernel (false on kernels built without them; null where it cannot be known). */
  readonly maximumPartitionsPerDevice: number;
}
