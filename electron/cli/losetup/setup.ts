/** `losetup -f FILE` and `losetup DEVICE FILE`: attaches through the helper, with losetup's messages. */
import type { AttachParams, AttachResult, LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { withImage } from '../../actions/attach.ts';
import type { OpenImage } from '../../images/open-image.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import { nodePath } from '../device-names.ts';
import { withActingSession } from '../session.ts';
import { lookAtComparedFile, parseDevice, readAllShown, usesFile } from './devices.ts';
import { errnoText, LosetupError } from './errors.ts';
import type { SetupPlan } from './plan.ts';
import { failureReason } from './reasons.ts';

const LARGEST = 2n ** 63n - 1n;

/** losetup's text, 2.40 and later; both are about the end of the file being lost. */
export function sizeWarning(file: string): string {
  return `${file}: Warning: file does not end on a 512-byte sector boundary; the remaining end of the file will be ignored.`;
}

/** How a range of the file relates to an attached one: losetup's rule, in which a limit of 0 reaches to the end. */
export function compareRange(plan: Pick<SetupPlan, 'offset' | 'sizeLimit'>, device: LoopDevice): 'same' | 'overlaps' | 'apart' {
  const [offset, limit] = [plan.offset ?? 0n, plan.sizeLimit];
  const [attachedOffset, attachedLimit] = [BigInt(device.offsetBytes), BigInt(device.sizeLimitBytes)];
  if (offset === attachedOffset && limit === attachedLimit) return 'same';
  if (attachedLimit !== 0n && offset >= attachedOffset + attachedLimit) return 'apart';
  return limit !== 0n && offset + limit <= attachedOffset ? 'apart' : 'overlaps';
}

/** What -L finds: nothing in the way, or the device to use instead. Throws LosetupError when the file is taken. */
function findReusable(plan: SetupPlan, file: string): LoopDevice | null {
  const compared = lookAtComparedFile(plan.file);
  for (const { device } of readAllShown()) {
    const range = usesFile(device, compared) ? compareRange(plan, device) : 'apart';
    if (range === 'apart') continue;
    if (range === 'overlaps' || plan.device !== null) throw new LosetupError(`${file}: overlapping loop device exists`);
    if (device.readOnly && !plan.readOnly) throw new LosetupError(`${file}: overlapping read-only loop device exists`);
    return device;
  }
  return null;
}

function attachParams(plan: SetupPlan, image: OpenImage, device: number | null): AttachParams {
  return {
    readOnly: !image.writable,
    offsetBytes: toDecimal(plan.offset ?? 0n),
    sizeLimitBytes: toDecimal(plan.sizeLimit),
    logicalBlockSizeBytes: Number(plan.sectorSize ?? 0n),
    partitionScan: plan.partitionScan,
    autoclear: false,
    directIo: plan.directIo,
    reference: plan.reference,
    device,
    // Two attachments that cannot write are harmless, and losetup allows them; of writable ones the helper refuses the second.
    whenAttached: 'attach-again',
  };
}

/** What the wire cannot carry, the kernel would refuse too. */
function refuseImpossible(plan: SetupPlan, file: string): void {
  if ((plan.offset ?? 0n) > LARGEST || plan.sizeLimit > LARGEST) {
    throw new LosetupError(`${file}: failed to set up loop device: ${errnoText('EOVERFLOW')}`);
  }
  if ((plan.sectorSize ?? 0n) > 0xffff_ffffn) throw new LosetupError(`${file}: failed to set up loop device: ${errnoText('EINVAL')}`);
  if (plan.reference !== null && Buffer.byteLength(plan.reference) > 63) throw new LosetupError('cannot set loop reference string');
}

/** Refused by the system, by the helper, or because a stopped resize left the file between two sizes. */
async function attach(plan: SetupPlan, number: number | null, file: string): Promise<AttachResult> {
  try {
    return await withImage(toFileNameBytes(plan.file), plan, async (image) =>
      withActingSession((session) => session.call('devices/attach', attachParams(plan, image, number), { descriptors: [image.handle.fd] })),
    );
  } catch (error) {
    throw new LosetupError(`${file}: failed to set up loop device: ${failureReason(error)}`);
  }
}

/** -L found the same file and range: its device is used, and stays when its last user has gone. */
async function reuse(device: LoopDevice, file: string): Promise<void> {
  if (!device.autoclear) return;
  try {
    await withActingSession((session) =>
      session.call('devices/set', { device: device.number, diskseq: device.diskseq, changes: { autoclear: false } }),
    );
  } catch (error) {
    throw new LosetupError(`${file}: failed to re-use loop device: ${failureReason(error)}`);
  }
}

export interface SetupResult {
  readonly device: string;
  readonly warnings: readonly string[];
}

/** Attaches. Throws LosetupError. */
export async function setUpDevice(plan: SetupPlan): Promise<SetupResult> {
  const file = plan.file.toWellFormed();
  const number = plan.device === null ? null : parseDevice(plan.device);
  if (plan.device !== null && number === null) {
    throw new LosetupError(`${plan.device.toWellFormed()}: failed to set up loop device: ${errnoText('ENOENT')}`);
  }
  refuseImpossible(plan, file);
  const reusable = plan.noOverlap ? findReusable(plan, file) : null;
  if (reusable !== null) {
    await reuse(reusable, file);
    return { device: nodePath(reusable.number), warnings: [] };
  }
  const { device, warnings } = await attach(plan, number, file);
  return { device: nodePath(device.number), warnings: warnings.includes('last-block-partial') ? [sizeWarning(file)] : [] };
}
