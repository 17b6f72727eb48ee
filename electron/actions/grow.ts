/**
 * Growing an attached device: the user's own rights make the file larger (sparse), then the helper lets the device take
 * over the size. The file gets its old size back when the second step fails. Main process, and the command line.
 */
import type { BigIntStats } from 'node:fs';
import { readFile, type FileHandle } from 'node:fs/promises';
import type { DeviceTarget, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { DecimalString } from '../../native-helper/protocol/scalars.ts';
import { AppError } from '../ipc/errors.ts';
import { toErrorData } from '../calls.ts';
import { freeBytes } from '../images/describe-image.ts';
import { toDisplayNames } from '../images/file-table.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import { errnoOf, errorName, openForGrowing } from '../images/open-image.ts';
import { expectDevice, type ActionContext } from './context.ts';
import { planGrowth, type GrowthPlan } from './plan-growth.ts';

/** What growing needs of the window's context; the command line has no more than this. */
export interface GrowContext {
  readonly store: Pick<ActionContext['store'], 'device'>;
  readonly session: Pick<ActionContext['session'], 'elevated'>;
  readonly jobs: Pick<ActionContext['jobs'], 'run'>;
}

export interface GrowParams extends DeviceTarget {
  readonly sizeBytes: DecimalString;
}

/** One growth at a time for each device: the second would take the first one's half-done file for the old size. */
const growing = new Map<number, Promise<unknown>>();

export async function growDevice(context: GrowContext, params: GrowParams): Promise<LoopDevice> {
  await context.session.elevated();
  const before = growing.get(params.device) ?? Promise.resolve();
  const after = before.catch(() => undefined).then(async () => growNow(context, params));
  growing.set(params.device, after);
  try {
    return await after;
  } finally {
    if (growing.get(params.device) === after) growing.delete(params.device);
  }
}

async function growNow(context: GrowContext, params: GrowParams): Promise<LoopDevice> {
  const device = expectDevice(context.store, params);
  const path = await currentBackingPath(device);
  if (path === null) throw new AppError('FILE_NOT_FOUND');
  const title = { kind: 'grow', fileName: toDisplayNames(path).name } as const;
  const file = await openForGrowing(path);
  try {
    return await context.jobs.run({ title, device: device.number, cancellable: false }, async () =>
      growFile({ context, device, file, params, free: await freeBytes(path) }),
    );
  } finally {
    await file.close();
  }
}

interface Growth {
  readonly context: GrowContext;
  readonly device: LoopDevice;
  readonly file: FileHandle;
  readonly params: GrowParams;
  readonly free: bigint;
}

async function growFile({ context, device, file, params, free }: Growth): Promise<LoopDevice> {
  const facts = await file.stat({ bigint: true });
  if (!isBackingFile(device, facts)) throw new AppError('FILE_REPLACED');
  const plan = planGrowth({ device, fileBytes: facts.size, freeBytes: free, wantedBytes: BigInt(params.sizeBytes) });
  const grown = await truncateTo(file, plan);
  try {
    return await tellDevice(context, params, plan);
  } catch (error) {
    if (plan.fileBytes === null || grown === null) throw error;
    return await putBack({ device, file, before: facts, grown, grownBytes: plan.fileBytes, error });
  }
}

async function tellDevice({ session }: GrowContext, params: GrowParams, { step }: GrowthPlan): Promise<LoopDevice> {
  const helper = await session.elevated();
  const { device, diskseq, sizeBytes } = params;
  if (step === 'set-capacity') return helper.call('devices/set-capacity', { device, diskseq });
  return helper.call('devices/set', { device, diskseq, changes: { sizeLimitBytes: sizeBytes } });
}

/** Makes the file longer; resolves to what it is then, null when there was nothing to do. */
async function truncateTo(file: FileHandle, { fileBytes }: GrowthPlan): Promise<BigIntStats | null> {
  if (fileBytes === null) return null;
  try {
    await file.truncate(Number(fileBytes));
  } catch (error) {
    const name = errorName(error);
    if (name === 'EFBIG' || name === 'EINVAL') throw new AppError('FILE_TOO_LARGE', errnoOf(error), { cause: error });
    if (name === 'ENOSPC' || name === 'EDQUOT') throw new AppError('NO_SPACE', errnoOf(error), { cause: error });
    throw new AppError('SYSTEM_REFUSED', errnoOf(error), { cause: error });
  }
  return file.stat({ bigint: true });
}

interface FailedGrowth {
  readonly device: LoopDevice;
  readonly file: FileHandle;
  readonly before: BigIntStats;
  /** The file as it was seen after it was made longer, and as long as it was made. */
  readonly grown: BigIntStats;
  readonly grownBytes: bigint;
  readonly error: unknown;
}

/**
 * Gives the file its old size, unless somebody else changed it meanwhile or the device has grown after all (the helper
 * may be lost after the kernel did it): cutting a file under its device loses data. Always throws.
 */
async function putBack({ device, file, before, grown, grownBytes, error }: FailedGrowth): Promise<never> {
  if ((await presentBytes(device.number)) > BigInt(device.sizeBytes)) throw error;
  const now = await file.stat({ bigint: true });
  const isUntouched = now.size === grownBytes && now.mtimeNs === grown.mtimeNs;
  const isPutBack = isUntouched && (await isDone(file.truncate(Number(before.size))));
  if (isPutBack) throw error;
  const { errno, message } = toErrorData(error);
  throw new AppError('GROWTH_HALF_DONE', { details: message, ...(errno === undefined ? {} : { errno }) }, { cause: error });
}

async function isDone(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** Size the kernel gives the device now (sysfs counts units of 512 bytes); 0 when there is no such device any more. */
async function presentBytes(number: number): Promise<bigint> {
  const text = await readFile(`/sys/block/loop${number}/size`, 'utf8').catch(() => '0');
  return BigInt(text.trim()) * 512n;
}
