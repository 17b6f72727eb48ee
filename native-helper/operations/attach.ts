/**
 * devices/attach: LOOP_CONFIGURE of a free device with the image that came as descriptor. Runs as root; the descriptor was chosen by a
 * user, is checked once and is the very one that is attached. A failure leaves nothing behind.
 *
 * With AUTOCLEAR our own close would be the last one and detach the device at once (LOOP.md §0.5), so held-devices.ts keeps it open
 * until it is in use.
 */
import { randomBytes } from 'node:crypto';
import { deletePartition } from '../linux/block-device.ts';
import { loopClearFd, loopConfigure, loopFlags } from '../linux/loop-device.ts';
import { isErrno } from '../linux/syscall-error.ts';
import { readLoopAttributes } from '../linux/sysfs.ts';
import type { AttachParams, AttachResult } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { referenceTag, type AttachIntent, type PendingRecord } from '../records/ownership.ts';
import type { RequestContext } from '../rpc/handlers.ts';
import { attachWarnings, findEarlier, planAttach, type AttachedRange, type AttachRequest, type ConfigurePlan } from './attach-plan.ts';
import { identityKey, type DeviceFacts } from './device-facts.ts';
import { bindFreeDevice, repairUevents } from './free-device.ts';
import { whileHeld } from './held-devices.ts';
import { descriptorOf, readImage } from './image.ts';
import type { Image } from './image-check.ts';
import { ignoreFailure, toHelperError } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** Errors: IMAGE_*, OFFSET_*, SIZE_LIMIT_*, BLOCK_SIZE_INVALID, NO_FREE_DEVICE, NODE_IN_USE, NO_SUCH_DEVICE, LIMIT_REACHED, UNSUPPORTED_BY_KERNEL. */
export async function attach(operations: Operations, params: AttachParams, request: RequestContext): Promise<AttachResult> {
  const backingFd = descriptorOf(request);
  const image = await readImage(operations, backingFd);
  const wish = toRequest(params);
  const plan = planAttach(wish, image, await attachedRanges(operations, image), operations.largestBlockBytes());
  if (plan.kind === 'reuse') {
    const { number, diskseq, readOnlyReason } = plan;
    return {
      device: await operations.live.refreshAttached({ number, diskseq }),
      outcome: 'already-attached',
      readOnlyReason,
      warnings: [],
    };
  }
  const reference = makeReference(operations.uid, params.reference);
  request.signal.throwIfAborted();
  const attached = await bindFreeDevice(params.device, plan.readOnly ? 'read' : 'write', (fd, number) =>
    whileHeld(operations.held, number, plan.autoclear, () => configure(operations, { fd, number, backingFd, image, plan, reference })),
  );
  return resultOf(operations, attached, plan, image);
}

/** Offsets and limits from the wire. */
function toRequest(params: AttachParams): AttachRequest {
  return { ...params, offsetBytes: BigInt(params.offsetBytes), sizeLimitBytes: BigInt(params.sizeLimitBytes) };
}

/** Devices with this file, read now. */
export function attachedRanges(
  { live }: Pick<Operations, 'live'>,
  image: Image,
  except: number | null = null,
): Promise<readonly AttachedRange[]> {
  return live.devicesOf(image, except);
}

/** lo_file_name: what the user named, else a tag that tells our devices and helpers apart. Never the path (DESIGN.md §2). */
export function makeReference(uid: number, name: string | null): Uint8Array {
  return Buffer.from(name ?? `${referenceTag(uid)}${nonce}${(attachments++).toString(36)}`, 'utf8');
}

/** Random once, then counted: as unlike any other as fresh randomness each time, which would cost a third of an attach. */
const nonce = randomBytes(12).toString('base64url');
let attachments = 0;

/** Everything that is needed to bind one device. */
interface Binding {
  readonly fd: number;
  readonly number: number;
  readonly backingFd: number;
  readonly image: Image;
  readonly plan: ConfigurePlan;
  readonly reference: Uint8Array;
}

/** What kernels say to an ioctl that they do not know. */
const NO_SUCH_CALL = { EINVAL: 'UNSUPPORTED_BY_KERNEL', ENOTTY: 'UNSUPPORTED_BY_KERNEL' } as const;

/** Binds and verifies; afterwards either everything holds or nothing is attached. */
async function configure(operations: Operations, binding: Binding): Promise<DeviceFacts> {
  const { fd, number, plan } = binding;
  const record = operations.records.begin(toIntent(number, binding.image, plan.range, binding.reference));
  try {
    await callConfigure(binding);
  } catch (error) {
    record.abandon();
    // Taken by somebody else: the kernel said so before it touched anything.
    if (isErrno(error, 'EBUSY')) throw error;
    if (!operations.canConfigure()) throw toHelperError(error, NO_SUCH_CALL);
    await repairUevents(fd);
    throw toHelperError(error, { EBADF: 'IMAGE_IS_THIS_DEVICE', EACCES: 'IMAGE_NOT_SHARED' });
  }
  return verifyBound(operations, { fd, number, image: binding.image, record });
}

function callConfigure({ fd, backingFd, image, plan, reference }: Binding): Promise<void> {
  const flags =
    (plan.readOnly ? loopFlags.readOnly : 0) |
    (plan.autoclear ? loopFlags.autoclear : 0) |
    (plan.partitionScan ? loopFlags.partitionScan : 0) |
    (plan.directIo ? loopFlags.directIo : 0);
  const { logicalBlockSizeBytes, range } = plan;
  return loopConfigure(fd, { backingFd, logicalBlockSizeBytes, flags, ...range, reference }, image);
}

/** What the record of a device says before it exists. */
export function toIntent(
  number: number,
  image: Image,
  range: { readonly offsetBytes: bigint; readonly sizeLimitBytes: bigint },
  reference: Uint8Array,
): AttachIntent {
  const { offsetBytes, sizeLimitBytes } = range;
  return { number, fileDevice: image.device, fileInode: image.inode, offsetBytes, sizeLimitBytes, reference };
}

/**
 * Looks at a device that we have just bound; when it is not what it should be, takes it back. Completes or abandons the record. Only
 * called after our own success on `fd`, so what is cleared is ours.
 */
export async function verifyBound(
  operations: Operations,
  bound: { readonly fd: number; readonly number: number; readonly image: Image; readonly record: PendingRecord },
): Promise<DeviceFacts> {
  const { fd, number, image, record } = bound;
  try {
    removeInherited(operations, fd, number);
    const facts = await operations.live.readFacts(number, fd);
    // Size 0: root could attach the file but not ask for its size (a private FUSE mount, DESIGN.md §1.2).
    const identity = facts?.identity ?? null;
    if (facts === null || identity === null || identityKey(identity) !== identityKey(image) || facts.sizeBytes === 0n) {
      throw new HelperError('IMAGE_NOT_SHARED');
    }
    const earlier = findEarlier(facts, await attachedRanges(operations, image, number), image.sizeBytes);
    if (earlier !== null) throw new HelperError('IMAGE_OVERLAPS', { detail: { device: earlier } });
    record.complete(facts.diskseq);
    return facts;
  } catch (error) {
    record.abandon();
    loopClearFd(fd);
    throw toHelperError(error);
  }
}

/** Partitions that somebody told the kernel of can outlive the image before, on kernels that LOOP.md §1.6 names. They are not this image's. */
function removeInherited({ live }: Operations, fd: number, number: number): void {
  if (!live.mayHavePartitions(number) || readLoopAttributes(number)?.partitionScan !== false) return;
  for (const { partition } of live.readPartitionRanges(number)) ignoreFailure(() => deletePartition(fd, partition));
}

/** The reply, from what the kernel made of the request. */
export function resultOf(operations: Operations, facts: DeviceFacts, plan: ConfigurePlan, image: Image): AttachResult {
  const entry = operations.live.accept(facts.number, facts);
  if (entry === null) throw new HelperError('NOT_ATTACHED');
  return {
    device: entry.wire,
    outcome: 'attached',
    readOnlyReason: plan.readOnlyReason ?? (facts.readOnly ? 'kernel' : null),
    warnings: attachWarnings({ ...facts, range: plan.range }, image, plan.directIo),
  };
}
