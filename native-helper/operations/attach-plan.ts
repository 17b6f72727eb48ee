/** What to do with a request to attach: pure; facts come from attach.ts. The rules are DESIGN.md §4 and LOOP.md §3. */
import { HelperError } from '../protocol/errors.ts';
import type { AttachParams, AttachResult, AttachWarning } from '../protocol/devices.ts';
import type { Image } from './image-check.ts';
import { checkBlockSize, checkRange, compareRanges, type FileRange } from './range-plan.ts';

/** A device that has the same file attached, read just now. */
export interface AttachedRange extends FileRange {
  readonly number: number;
  readonly diskseq: bigint;
  readonly readOnly: boolean;
}

/** What LOOP_CONFIGURE is to be called with. */
export interface ConfigurePlan {
  readonly kind: 'configure';
  readonly readOnly: boolean;
  readonly readOnlyReason: AttachResult['readOnlyReason'];
  readonly range: FileRange;
  readonly logicalBlockSizeBytes: number;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
}

export interface ReusePlan {
  readonly kind: 'reuse';
  readonly number: number;
  readonly diskseq: bigint;
  readonly readOnlyReason: AttachResult['readOnlyReason'];
}

export type AttachPlan = ConfigurePlan | ReusePlan;

export interface AttachRequest extends FileRange {
  readonly readOnly: boolean;
  readonly logicalBlockSizeBytes: number;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly whenAttached: AttachParams['whenAttached'];
}

/** Why a new device over this image would be read-only; the wish of the caller comes first. */
function readOnlyReasonOf(request: AttachRequest, image: Image): ConfigurePlan['readOnlyReason'] {
  return request.readOnly ? 'requested' : image.readOnlyReason;
}

/** Decides; throws HelperError when the request cannot be met. `largestBlockBytes` is the kernel's (session/features). */
export function planAttach(
  request: AttachRequest,
  image: Image,
  attached: readonly AttachedRange[],
  largestBlockBytes: number,
): AttachPlan {
  checkBlockSize(request.logicalBlockSizeBytes, largestBlockBytes);
  checkRange(request, image.sizeBytes, request.logicalBlockSizeBytes);
  const readOnlyReason = readOnlyReasonOf(request, image);
  const readOnly = readOnlyReason !== null;
  const conflict = findConflict(request, image, attached, readOnly);
  if (conflict !== null) {
    if (conflict.kind === 'refused') throw new HelperError('IMAGE_OVERLAPS', { detail: { device: conflict.device } });
    return {
      kind: 'reuse',
      number: conflict.device.number,
      diskseq: conflict.device.diskseq,
      readOnlyReason: conflict.device.readOnly ? (request.readOnly ? 'requested' : 'existing') : null,
    };
  }
  return {
    kind: 'configure',
    readOnly,
    readOnlyReason,
    range: { offsetBytes: request.offsetBytes, sizeLimitBytes: request.sizeLimitBytes },
    logicalBlockSizeBytes: request.logicalBlockSizeBytes,
    autoclear: request.autoclear,
    partitionScan: request.partitionScan,
    directIo: request.directIo,
  };
}

type Conflict = { readonly kind: 'refused'; readonly device: number } | { readonly kind: 'reuse'; readonly device: AttachedRange };

/**
 * `reuse` gives the device with the very same range back; `refuse` wants no overlap at all; `attach-again` takes a second device over the same
 * range when both are read-only.
 */
function findConflict(request: AttachRequest, image: Image, attached: readonly AttachedRange[], readOnly: boolean): Conflict | null {
  const related = attached
    .map((device) => ({ device, relation: compareRanges(request, device, image.sizeBytes) }))
    .filter(({ relation }) => relation !== 'apart')
    .toSorted((a, b) => a.device.number - b.device.number);
  const first = related[0];
  if (first === undefined) return null;
  if (request.whenAttached === 'refuse') return { kind: 'refused', device: first.device.number };
  if (request.whenAttached === 'reuse') {
    // A writable device first: it can do all that a read-only one can.
    const same = related.filter(({ relation }) => relation === 'same').map(({ device }) => device);
    const wanted = same.find((device) => device.readOnly === readOnly) ?? same.find((device) => !device.readOnly) ?? same[0];
    if (wanted !== undefined) return { kind: 'reuse', device: wanted };
  }
  for (const { device, relation } of related) {
    if (!mayStandTogether(relation, { readOnly }, device)) return { kind: 'refused', device: device.number };
  }
  return null;
}

/**
 * Ranges that overlap may have one writable device at most: each device has a page cache of its own, so two writers would destroy each
 * other's data, and a second reader of the same range would keep stale data of a writer (LOOP.md §3).
 */
function mayStandTogether(
  relation: ReturnType<typeof compareRanges>,
  first: Pick<AttachedRange, 'readOnly'>,
  second: Pick<AttachedRange, 'readOnly'>,
): boolean {
  if (relation === 'apart') return true;
  return relation === 'same' ? first.readOnly && second.readOnly : first.readOnly || second.readOnly;
}

/** The first device that this one may not stand beside, or null. */
export function findOverlap(own: Omit<AttachedRange, 'diskseq'>, attached: readonly AttachedRange[], fileBytes: bigint): number | null {
  const inTheWay = attached.find(
    (device) => device.number !== own.number && !mayStandTogether(compareRanges(own, device, fileBytes), own, device),
  );
  return inTheWay?.number ?? null;
}

/**
 * After LOOP_CONFIGURE: the device that was there first when somebody else attached an overlapping range meanwhile, or null. The later
 * diskseq gives way (DESIGN.md §4).
 */
export function findEarlier(own: AttachedRange, attached: readonly AttachedRange[], fileBytes: bigint): number | null {
  return findOverlap(
    own,
    attached.filter(({ diskseq }) => diskseq <= own.diskseq),
    fileBytes,
  );
}

/** What works but surprises, from what the kernel made of the request. */
export function attachWarnings(
  facts: { readonly directIo: boolean; readonly logicalBlockSizeBytes: number; readonly range: FileRange },
  image: Image,
  directIoWanted: boolean,
): readonly AttachWarning[] {
  const warnings: AttachWarning[] = [];
  if (directIoWanted && !facts.directIo) warnings.push('direct-io-off');
  const rest = image.sizeBytes - facts.range.offsetBytes;
  const bytes = facts.range.sizeLimitBytes === 0n ? rest : facts.range.sizeLimitBytes;
  // Part of a sector is cut off; with larger blocks the last one answers EIO.
  if (bytes % BigInt(facts.logicalBlockSizeBytes) !== 0n) warnings.push('last-block-partial');
  if (image.isDeleted) warnings.push('file-deleted');
  return warnings;
}
