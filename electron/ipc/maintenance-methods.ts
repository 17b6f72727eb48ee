/** Calls that check, label and shrink image files which nobody uses; each runs as a job and answers when it has ended. */
import * as v from 'valibot';
import { partitionNumber } from '../../native-helper/protocol/scalar-parsers.ts';
import { fileId } from './images.ts';
import type { CheckResult, ChecksumFile, RelabelResult, SparsifyResult, VerifyResult } from './maintenance.ts';
import { method } from './method.ts';

const image = fileId;
const partition = v.nullable(partitionNumber);

export const maintenanceMethods = {
  /** Files beside the image that name its checksums. */
  'images/checksum-files': method<readonly ChecksumFile[]>()(v.strictObject({ image })),
  /**
   * Computes checksums in one reading. `expected`: a pasted value, or a line with one; what kind it is shows by its length. `beside`: compare with
   * the checksum files beside it. Kinds that are only expected are computed too. Errors: CHECKSUM_INVALID, FILE_CHANGED, CANCELLED.
   */
  'images/verify': method<VerifyResult>()(
    v.strictObject({
      image,
      algorithms: v.array(v.picklist(['md5', 'sha256', 'sha512'])),
      expected: v.nullable(v.pipe(v.string(), v.maxLength(4096))),
      beside: v.boolean(),
    }),
  ),
  /**
   * Null: the file system on the whole image. `check` writes nothing. Errors: CHECK_UNSUPPORTED, TOOL_MISSING, IMAGE_ATTACHED (for `check` only
   * when it is attached writable), NO_SPACE for the copy of a partition; for `repair` REPAIR_REFUSED, LOG_UNCLEAN, FILE_NOT_WRITABLE.
   */
  'images/check': method<CheckResult>()(v.strictObject({ image, partition, mode: v.picklist(['check', 'repair']) })),
  /** Null leaves it as it is; an empty label is none; `random` makes a new UUID. Errors: LABEL_INVALID, UUID_INVALID, RELABEL_UNSUPPORTED, RELABEL_FAILED, IMAGE_ATTACHED. */
  'images/relabel': method<RelabelResult>()(
    v.strictObject({
      image,
      partition,
      label: v.nullable(v.pipe(v.string(), v.maxLength(1024))),
      uuid: v.nullable(v.pipe(v.string(), v.maxLength(64))),
    }),
  ),
  /** Gives blocks of zeroes back to the file system; what the file says stays the same. Errors: IMAGE_ATTACHED, FILE_IN_USE, SPARSE_UNSUPPORTED. */
  'images/sparsify': method<SparsifyResult>()(v.strictObject({ image })),
} as const;
