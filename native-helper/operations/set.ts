/**
 * devices/set: changes settings of an attached device. LOOP_SET_STATUS64 overwrites everything it carries, so each call starts from
 * what LOOP_GET_STATUS64 says (LOOP.md §0.6). Runs as root.
 */
import { getLogicalBlockSizeBytes, getSizeBytes, openLoopDevice } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { loopGetStatus64Sleeping, loopSetBlockSize, loopSetDirectIo, loopSetStatus64 } from '../linux/loop-device.ts';
import { cutAtNul, type LoopStatus64 } from '../linux/loop-structures.ts';
import { isErrno } from '../linux/syscall-error.ts';
import type { LoopDevice, SetParams } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { findOverlap } from './attach-plan.ts';
import { hasFlag, toTarget, withFlags, withTarget, type Target } from './device-access.ts';
import { asHelperErrorLater, toHelperError } from './kernel-errors.ts';
import type { LiveDevices } from './live-devices.ts';
import type { Operations } from './operations-context.ts';
import { SECTOR_BYTES, type FileRange } from './range-plan.ts';
import { rereadTable } from './rescan.ts';
import { planSet, type SetFacts, type SetPlan, type SetStep, type SetWishes, type StatusFields } from './set-plan.ts';

/**
 * Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE, DEVICE_MOUNTED, DEVICE_BUSY, BLOCK_SIZE_INVALID, OFFSET_*, SIZE_LIMIT_*,
 * PARTITION_SCAN_PERMANENT, DIRECT_IO_REFUSED, AUTOCLEAR_WOULD_DETACH, IMAGE_OVERLAPS, IMAGE_NOT_ANSWERING. What was changed before an error is changed back.
 */
export async function setDevice(operations: Operations, params: SetParams): Promise<LoopDevice> {
  const { live } = operations;
  const target = toTarget(params);
  const wishes = toWishes(params);
  const onBusy = (errno: number): HelperError => live.busy(target.number, errno);
  const plan = await withTarget(live, target, {}, ({ fd, status }) =>
    planSet(wishes, readFactsOf(fd, status), operations.largestBlockBytes()),
  );
  if (plan.needsHolder) refuseUnheld(target, plan);
  try {
    await withTarget(live, target, { exclusive: plan.exclusive, onBusy }, async ({ fd }) => {
      const change = { live, number: target.number, fd, onBusy };
      if (plan.range !== null) await refuseOverlap(change, plan.range);
      await execute(change, plan);
    });
  } finally {
    live.refresh(target.number);
  }
  return live.refreshAttached(target);
}

function toWishes({ changes }: SetParams): SetWishes {
  return {
    ...changes,
    offsetBytes: changes.offsetBytes === undefined ? undefined : BigInt(changes.offsetBytes),
    sizeLimitBytes: changes.sizeLimitBytes === undefined ? undefined : BigInt(changes.sizeLimitBytes),
    reference: changes.reference === undefined ? undefined : Buffer.from(changes.reference, 'utf8'),
  };
}

function readFactsOf(fd: number, status: LoopStatus64): SetFacts {
  return {
    autoclear: hasFlag(status, 'autoclear'),
    partitionScan: hasFlag(status, 'partitionScan'),
    directIo: hasFlag(status, 'directIo'),
    logicalBlockSizeBytes: getLogicalBlockSizeBytes(fd),
    offsetBytes: status.offsetBytes,
    sizeLimitBytes: status.sizeLimitBytes,
    reference: cutAtNul(status.fileName),
  };
}

/**
 * AUTOCLEAR takes effect at the last close, which on a device that nobody uses is ours (LOOP.md §0.5). Only somebody who claims it can
 * be seen; a device that is merely open somewhere counts as unused.
 */
function refuseUnheld(target: Target, plan: SetPlan): void {
  if (plan.exclusive) throw new HelperError('AUTOCLEAR_WOULD_DETACH');
  try {
    closeDescriptor(openLoopDevice(target.number, 'read', { exclusive: true }));
  } catch (error) {
    if (isErrno(error, 'EBUSY')) return;
    throw toHelperError(error, { ENXIO: 'NOT_ATTACHED' });
  }
  throw new HelperError('AUTOCLEAR_WOULD_DETACH');
}

/** An open device that is being changed. */
interface Change {
  readonly live: LiveDevices;
  readonly number: number;
  readonly fd: number;
  readonly onBusy: (errno: number) => HelperError;
}

/**
 * The rule of devices/attach, for the range that a device is to have, and with null for the one it has been given. Before that only two
 * writers are sure to collide: how large the file is, and so whether two ranges are the same, the kernel says when it has taken the new
 * one; and by then somebody else may have attached the file.
 */
async function refuseOverlap({ live, number, fd }: Change, next: FileRange | null): Promise<void> {
  const own = await live.readFacts(number, fd);
  if (own === null || own.identity === null) return;
  const attached = await live.devicesOf(own.identity, number);
  const others = next === null ? attached : attached.filter(({ readOnly }) => !readOnly && !own.readOnly);
  const ends = [own, ...others].map(({ offsetBytes, sizeBytes }) => offsetBytes + sizeBytes);
  const fileBytes = ends.reduce((most, end) => (end > most ? end : most));
  const device = findOverlap({ ...own, ...next }, others, fileBytes);
  if (device !== null) throw new HelperError('IMAGE_OVERLAPS', { detail: { device } });
}

async function execute(change: Change, plan: SetPlan): Promise<void> {
  const done: SetStep[] = [];
  try {
    for (const step of plan.steps) {
      done.push(step);
      await executeStep(change, step);
    }
  } catch (error) {
    await undo(change.fd, done);
    throw error;
  }
}

async function executeStep(change: Change, step: SetStep): Promise<void> {
  const { fd, onBusy } = change;
  switch (step.kind) {
    case 'status':
      await setStatus(fd, step.fields);
      if (step.fields.offsetBytes === undefined && step.fields.sizeLimitBytes === undefined) return;
      await checkResult(fd);
      return refuseOverlap(change, null);
    case 'block-size':
      return setBlockSize(fd, step.bytes, step.reread, onBusy);
    case 'direct-io':
      return asHelperErrorLater({ EINVAL: 'DIRECT_IO_REFUSED', ENXIO: 'NOT_ATTACHED', EBUSY: 'DEVICE_BUSY' }, () =>
        loopSetDirectIo(fd, step.on),
      );
    default:
      return step satisfies never;
  }
}

/** Read, change, write. */
async function setStatus(fd: number, fields: StatusFields): Promise<void> {
  const status = await loopGetStatus64Sleeping(fd);
  const changed: LoopStatus64 = {
    ...withFlags(status, fields),
    offsetBytes: fields.offsetBytes ?? status.offsetBytes,
    sizeLimitBytes: fields.sizeLimitBytes ?? status.sizeLimitBytes,
    fileName: fields.reference ?? status.fileName,
  };
  await asHelperErrorLater({ ENXIO: 'NOT_ATTACHED', EBUSY: 'DEVICE_BUSY' }, () => loopSetStatus64(fd, changed));
}

/**
 * The kernel takes an offset beyond the end and a limit larger than the file (LOOP.md §1.3). Root has no descriptor of the file and does not
 * follow its path, so the size that came out tells; the caller undoes.
 */
async function checkResult(fd: number): Promise<void> {
  const { sizeLimitBytes } = await loopGetStatus64Sleeping(fd);
  const sizeBytes = getSizeBytes(fd);
  if (sizeBytes < BigInt(Math.max(SECTOR_BYTES, getLogicalBlockSizeBytes(fd)))) throw new HelperError('OFFSET_BEYOND_END');
  if (sizeBytes < sizeLimitBytes) throw new HelperError('SIZE_LIMIT_BEYOND_END', { detail: { limitBytes: sizeBytes.toString() } });
}

async function setBlockSize(fd: number, bytes: number, reread: boolean, onBusy: (errno: number) => HelperError): Promise<void> {
  await asHelperErrorLater({ EINVAL: 'BLOCK_SIZE_INVALID', ENXIO: 'NOT_ATTACHED', EBUSY: 'DEVICE_BUSY' }, () =>
    loopSetBlockSize(fd, bytes),
  );
  // Partitions were read with the old size; sector numbers in the table mean other places now (LOOP.md §3).
  if (reread) await rereadTable(fd, onBusy);
}

/** Takes steps back, the last first; a step that failed half way is taken back too. What the kernel cannot undo stays. */
async function undo(fd: number, steps: readonly SetStep[]): Promise<void> {
  for (const step of steps.toReversed()) {
    try {
      await undoStep(fd, step);
    } catch (error) {
      // The first error is the one to report.
      if (!(error instanceof HelperError) && !isErrno(error, 'EINVAL', 'EBUSY', 'ENXIO')) throw error;
    }
  }
}

async function undoStep(fd: number, step: SetStep): Promise<void> {
  switch (step.kind) {
    case 'status':
      return step.before === null ? undefined : setStatus(fd, step.before);
    case 'block-size':
      return setBlockSize(fd, step.before, step.reread, () => new HelperError('DEVICE_BUSY'));
    case 'direct-io':
      return loopSetDirectIo(fd, step.before);
    default:
      return step satisfies never;
  }
}
