/**
 * devices/attach-legacy: the two calls of loop(4), LOOP_SET_FD and then LOOP_SET_STATUS64 or LOOP_SET_STATUS. Slower, and for a moment the
 * device shows the whole file; kept for study and comparison (DESIGN.md §2), never as a fallback. Runs as root.
 */
import { loopClearFd, loopFlags, loopGetStatus64Sleeping, loopSetFd, loopSetStatus, loopSetStatus64 } from '../linux/loop-device.ts';
import { emptyStatus64, type LoopStatus } from '../linux/loop-structures.ts';
import { isErrno } from '../linux/syscall-error.ts';
import type { AttachLegacyParams, AttachResult } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import type { PendingRecord } from '../records/ownership.ts';
import type { RequestContext } from '../rpc/handlers.ts';
import { attachedRanges, makeReference, resultOf, toIntent, verifyBound } from './attach.ts';
import { planAttach, type ConfigurePlan } from './attach-plan.ts';
import type { DeviceFacts } from './device-facts.ts';
import { bindFreeDevice } from './free-device.ts';
import { whileHeld } from './held-devices.ts';
import { descriptorOf, readImage } from './image.ts';
import type { Image } from './image-check.ts';
import { toHelperError } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** lo_offset of the old structure is an int. */
const LARGEST_OLD_OFFSET = 0x7fff_ffffn;

/** Errors: those of devices/attach; INVALID_PARAMETERS for what the old structure cannot say. */
export async function attachLegacy(operations: Operations, params: AttachLegacyParams, request: RequestContext): Promise<AttachResult> {
  const backingFd = descriptorOf(request);
  const image = await readImage(operations, backingFd);
  const wish = {
    readOnly: params.readOnly,
    offsetBytes: BigInt(params.offsetBytes),
    sizeLimitBytes: BigInt(params.sizeLimitBytes),
    logicalBlockSizeBytes: 0,
    autoclear: params.autoclear,
    partitionScan: params.partitionScan,
    directIo: false,
    whenAttached: 'refuse' as const,
  };
  if (params.statusCall === 'LOOP_SET_STATUS') refuseUnsayable(wish);
  const plan = planAttach(wish, image, await attachedRanges(operations, image), operations.largestBlockBytes());
  if (plan.kind === 'reuse') throw new HelperError('IMAGE_OVERLAPS', { detail: { device: plan.number } });
  const reference = makeReference(operations.uid, params.reference);
  const bound = await bindFreeDevice(null, plan.readOnly ? 'read' : 'write', (fd, number) =>
    whileHeld(operations.held, number, plan.autoclear, () =>
      bind(operations, { fd, number, backingFd, image, plan, reference, statusCall: params.statusCall }),
    ),
  );
  return resultOf(operations, bound, plan, image);
}

function refuseUnsayable(wish: { readonly offsetBytes: bigint; readonly sizeLimitBytes: bigint }): void {
  if (wish.sizeLimitBytes !== 0n || wish.offsetBytes > LARGEST_OLD_OFFSET) throw new HelperError('INVALID_PARAMETERS');
}

interface LegacyBinding {
  readonly fd: number;
  readonly number: number;
  readonly backingFd: number;
  readonly image: Image;
  readonly plan: ConfigurePlan;
  readonly reference: Uint8Array;
  readonly statusCall: AttachLegacyParams['statusCall'];
}

async function bind(operations: Operations, binding: LegacyBinding): Promise<DeviceFacts> {
  const { fd, number, image, plan } = binding;
  const record = operations.records.begin(toIntent(number, image, plan.range, binding.reference));
  try {
    await loopSetFd(fd, binding.backingFd);
  } catch (error) {
    record.abandon();
    if (isErrno(error, 'EBUSY')) throw error;
    throw toHelperError(error, { EBADF: 'IMAGE_IS_THIS_DEVICE', EACCES: 'IMAGE_NOT_SHARED' });
  }
  await setStatus(binding, record);
  return verifyBound(operations, { fd, number, image, record });
}

/** The second call; when it fails, the first is taken back. */
async function setStatus({ fd, number, plan, reference, statusCall }: LegacyBinding, record: PendingRecord): Promise<void> {
  try {
    const flags = (plan.autoclear ? loopFlags.autoclear : 0) | (plan.partitionScan ? loopFlags.partitionScan : 0);
    if (statusCall === 'LOOP_SET_STATUS64') {
      await loopSetStatus64(fd, { ...(await loopGetStatus64Sleeping(fd)), ...plan.range, flags, fileName: reference });
    } else {
      await loopSetStatus(fd, oldStatus(number, Number(plan.range.offsetBytes), flags, reference));
    }
  } catch (error) {
    record.abandon();
    loopClearFd(fd);
    throw toHelperError(error);
  }
}

function oldStatus(number: number, offsetBytes: number, flags: number, name: Uint8Array): LoopStatus {
  const { device, inode, rdevice, encryptType, encryptKeySize, encryptKey, init } = emptyStatus64;
  return {
    number,
    device,
    inode,
    rdevice,
    offsetBytes,
    encryptType,
    encryptKeySize,
    flags,
    name,
    encryptKey,
    init,
    reserved: new Uint8Array(4),
  };
}
