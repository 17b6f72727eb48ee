/** What is in an image, found with the user's own rights. Main process. */
import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../native-helper/protocol/scalars.ts';
import type { Findings, ImageFindings, SizedSignature } from '../image-worker/findings.ts';
import { AppError } from '../ipc/errors.ts';
import { currentBackingPath, isBackingFile } from './identity.ts';
import type { ImageWorker } from './image-worker.ts';
import { openImage, refuseOpening, type OpenImage } from './open-image.ts';

const nothing: SizedSignature = { space: null, type: '', usage: '', version: '', label: '', uuid: '', tableType: '', ambiguous: false };

/** What part of a file a device shows, and in which sectors. */
export type ProbedPlace = Pick<LoopDevice, 'offsetBytes' | 'sizeBytes' | 'logicalBlockSizeBytes'>;

/** An image that was opened for one of the questions below. */
export type Readable = Pick<OpenImage, 'handle' | 'writable'>;

/** Looks into the very file that is open, where the device has its range of it. Throws PROBE_FAILED. */
export async function probeOpened(worker: ImageWorker, image: Readable, device: ProbedPlace): Promise<Findings> {
  return withReading(image, async (reading) => probeRange(worker, reading, device));
}

/** Everything about the very file that is open. Throws PROBE_FAILED. */
export async function inspectHandle(worker: Pick<ImageWorker, 'inspect'>, image: Readable, sizeBytes: bigint): Promise<ImageFindings> {
  return withReading(image, async (reading) => worker.inspect(reading, sizeBytes));
}

/** The worker gets a descriptor that it cannot write to. */
async function withReading<T>({ handle, writable }: Readable, work: (reading: FileHandle) => Promise<T>): Promise<T> {
  if (!writable) return work(handle);
  const path = `/proc/self/fd/${handle.fd}`;
  const reading = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(refuseOpening);
  try {
    return await work(reading);
  } finally {
    await reading.close();
  }
}

/**
 * Looks into the backing file of a device. `unreadable`: the user may not read it, it is gone, or another file has its name by now. Throws
 * PROBE_FAILED.
 */
export async function probeDevice(worker: ImageWorker, device: LoopDevice): Promise<Findings | 'unreadable'> {
  const path = await currentBackingPath(device);
  if (path === null) return 'unreadable';
  const image = await openImage(path, 'read-only').catch((error: unknown) => {
    if (error instanceof AppError) return null;
    throw error;
  });
  if (image === null) return 'unreadable';
  try {
    // The view-only helper does not know the identity: then the name has to do.
    if (device.identity !== null && !isBackingFile(device, image.facts)) return 'unreadable';
    return await probeRange(worker, image.handle, upToItsEnd(device, image.facts));
  } finally {
    await image.handle.close();
  }
}

/** A file that became shorter is looked at as far as it goes; libblkid refuses to be told of more. */
function upToItsEnd(device: LoopDevice, facts: BigIntStats): ProbedPlace {
  if (!facts.isFile()) return device;
  const left = facts.size - BigInt(device.offsetBytes);
  if (left >= BigInt(device.sizeBytes)) return device;
  const { offsetBytes, logicalBlockSizeBytes } = device;
  return { offsetBytes, logicalBlockSizeBytes, sizeBytes: toDecimal(left > 0n ? left : 0n) };
}

async function probeRange(worker: ImageWorker, file: FileHandle, device: ProbedPlace): Promise<Findings> {
  const sizeBytes = BigInt(device.sizeBytes);
  // libblkid takes 0 for the whole file.
  if (sizeBytes === 0n) return { whole: nothing, partitions: [] };
  return worker.probe(file, { offsetBytes: BigInt(device.offsetBytes), sizeBytes, sectorBytes: device.logicalBlockSizeBytes });
}
