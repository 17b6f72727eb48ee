/** Decisions of devices/set: which calls, in which order, with what to take them back. Pure (DESIGN.md §2, LOOP.md §0.5–§0.8). */
import { HelperError } from '../protocol/errors.ts';
import { checkAlignment, checkBlockSize, type FileRange } from './range-plan.ts';

/** What is now, read from the kernel while the device is held open. */
export interface SetFacts {
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly logicalBlockSizeBytes: number;
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
  readonly reference: Uint8Array;
}

/** What is wanted; absent fields stay. */
export interface SetWishes {
  readonly autoclear?: boolean | undefined;
  readonly partitionScan?: boolean | undefined;
  readonly directIo?: boolean | undefined;
  readonly logicalBlockSizeBytes?: number | undefined;
  readonly offsetBytes?: bigint | undefined;
  readonly sizeLimitBytes?: bigint | undefined;
  readonly reference?: Uint8Array | undefined;
}

/** Fields of one LOOP_SET_STATUS64; absent ones keep what LOOP_GET_STATUS64 said. */
export interface StatusFields {
  readonly offsetBytes?: bigint;
  readonly sizeLimitBytes?: bigint;
  readonly reference?: Uint8Array;
  readonly autoclear?: boolean;
  readonly partitionScan?: true;
}

/** One call. `before` is what takes it back; null where the kernel cannot. */
export type SetStep =
  | { readonly kind: 'status'; readonly fields: StatusFields; readonly before: StatusFields | null }
  | { readonly kind: 'block-size'; readonly bytes: number; readonly before: number; readonly reread: boolean }
  | { readonly kind: 'direct-io'; readonly on: boolean; readonly before: boolean };

export interface SetPlan {
  readonly steps: readonly SetStep[];
  /** What the device will show of its file; null where that stays. */
  readonly range: FileRange | null;
  /** Offset, limit and block size change under the feet of whoever uses the device: it must be claimed for that. */
  readonly exclusive: boolean;
  /** AUTOCLEAR is to be set: on a device that nobody holds, closing it would detach it at once (LOOP.md §0.5). */
  readonly needsHolder: boolean;
}

/** Wishes that the device fulfils already are dropped. */
function differing(wishes: SetWishes, now: SetFacts): SetWishes {
  return {
    autoclear: wishes.autoclear === now.autoclear ? undefined : wishes.autoclear,
    partitionScan: wishes.partitionScan === now.partitionScan ? undefined : wishes.partitionScan,
    directIo: wishes.directIo,
    logicalBlockSizeBytes: wishes.logicalBlockSizeBytes === now.logicalBlockSizeBytes ? undefined : wishes.logicalBlockSizeBytes,
    offsetBytes: wishes.offsetBytes === now.offsetBytes ? undefined : wishes.offsetBytes,
    sizeLimitBytes: wishes.sizeLimitBytes === now.sizeLimitBytes ? undefined : wishes.sizeLimitBytes,
    reference: wishes.reference === undefined || Buffer.compare(wishes.reference, now.reference) === 0 ? undefined : wishes.reference,
  };
}

/** The part of a status call that can be taken back: all but partition scan. */
function rangeFields(change: SetWishes, now: SetFacts): { fields: StatusFields; before: StatusFields } {
  return {
    fields: {
      ...(change.offsetBytes === undefined ? {} : { offsetBytes: change.offsetBytes }),
      ...(change.sizeLimitBytes === undefined ? {} : { sizeLimitBytes: change.sizeLimitBytes }),
      ...(change.reference === undefined ? {} : { reference: change.reference }),
    },
    before: {
      ...(change.offsetBytes === undefined ? {} : { offsetBytes: now.offsetBytes }),
      ...(change.sizeLimitBytes === undefined ? {} : { sizeLimitBytes: now.sizeLimitBytes }),
      ...(change.reference === undefined ? {} : { reference: now.reference }),
    },
  };
}

function flagFields(change: SetWishes): StatusFields {
  return {
    ...(change.autoclear === undefined ? {} : { autoclear: change.autoclear }),
    ...(change.partitionScan === true ? { partitionScan: true as const } : {}),
  };
}

/**
 * Throws HelperError for wishes that can be refused before anything is done. Steps are ordered so that the one the kernel
 * cannot take back (partition scan) comes last; where nothing can fail after the first, one status call does it all, because
 * each costs the kernel a grace period of about 16 ms (LOOP.md §5.1).
 */
export function planSet(wishes: SetWishes, now: SetFacts, largestBlockBytes: number): SetPlan {
  const change = differing(wishes, now);
  if (change.partitionScan === false) throw new HelperError('PARTITION_SCAN_PERMANENT');
  if (change.logicalBlockSizeBytes !== undefined) checkBlockSize(change.logicalBlockSizeBytes, largestBlockBytes);
  const rangeChanges = change.offsetBytes !== undefined || change.sizeLimitBytes !== undefined;
  const next = { offsetBytes: change.offsetBytes ?? now.offsetBytes, sizeLimitBytes: change.sizeLimitBytes ?? now.sizeLimitBytes };
  if (rangeChanges || change.logicalBlockSizeBytes !== undefined) {
    checkAlignment(next, change.logicalBlockSizeBytes ?? now.logicalBlockSizeBytes);
  }

  const range = rangeFields(change, now);
  const flags = flagFields(change);
  const middle: SetStep[] = [];
  if (change.logicalBlockSizeBytes !== undefined) {
    middle.push({
      kind: 'block-size',
      bytes: change.logicalBlockSizeBytes,
      before: now.logicalBlockSizeBytes,
      reread: now.partitionScan,
    });
  }
  const directIo = planDirectIo(change, now, rangeChanges);
  if (directIo !== null) middle.push(directIo);

  const hasRange = Object.keys(range.fields).length > 0;
  const hasFlags = Object.keys(flags).length > 0;
  // A new range has to be looked at before partitions are read in it.
  const together = middle.length === 0 && !(rangeChanges && flags.partitionScan === true);
  const steps: SetStep[] = [];
  if (together && (hasRange || hasFlags)) {
    const before = flags.partitionScan === true ? null : { ...range.before, ...(hasFlags ? { autoclear: now.autoclear } : {}) };
    steps.push({ kind: 'status', fields: { ...range.fields, ...flags }, before });
  } else {
    if (hasRange) steps.push({ kind: 'status', ...range });
    steps.push(...middle);
    if (hasFlags) steps.push({ kind: 'status', fields: flags, before: null });
  }
  return {
    steps,
    range: rangeChanges ? next : null,
    exclusive: rangeChanges || change.logicalBlockSizeBytes !== undefined,
    needsHolder: change.autoclear === true,
  };
}

/** Direct I/O is asked for again after a new offset even when it was on: the kernel may have switched it off (LOOP.md §1.2). */
function planDirectIo(change: SetWishes, now: SetFacts, rangeChanges: boolean): SetStep | null {
  if (change.directIo === undefined) return null;
  if (change.directIo === now.directIo && !(rangeChanges && change.directIo)) return null;
  return { kind: 'direct-io', on: change.directIo, before: now.directIo };
}
