/** What is known of an image before it is attached, and of the file behind a device. Main process, as the user. */
import { constants, type BigIntStats } from 'node:fs';
import { access, open, stat, statfs } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../native-helper/protocol/scalars.ts';
import { AppError } from '../ipc/errors.ts';
import type { BackingFileFacts, ImageDescription, ImageFile } from '../ipc/images.ts';
import { currentBackingPath, findAttachments, isBackingFile } from './identity.ts';
import { errorName, openImage, refuseOpening } from './open-image.ts';

/** st_blocks counts these whatever the file system's block is (stat(2)). */
export const STAT_BLOCK_BYTES = 512n;

export async function describeImage(path: Buffer, file: ImageFile, devices: Iterable<LoopDevice>): Promise<ImageDescription> {
  const facts = await stat(path, { bigint: true }).catch(refuseOpening);
  const isBlockDevice = facts.isBlockDevice();
  const sizeBytes = isBlockDevice ? await blockDeviceBytes(path) : facts.size;
  return {
    ...file,
    sizeBytes: toDecimal(sizeBytes),
    allocatedBytes: toDecimal(isBlockDevice ? sizeBytes : facts.blocks * STAT_BLOCK_BYTES),
    isBlockDevice,
    access: await findAccess(path, facts),
    attachedAs: await findAttachments(devices, facts),
    freeBytes: toDecimal(await freeBytes(path)),
  };
}

/** The backing file of a device as the user sees it now. */
export async function describeBackingFile(device: LoopDevice): Promise<BackingFileFacts> {
  const path = await currentBackingPath(device);
  const shown = path?.toString('utf8') ?? device.backingFile?.text ?? '';
  if (path === null) return { kind: 'not-readable', path: shown };
  // Where only root may know the identity, the kernel's suffix decides (LOOP.md §2.2).
  if (device.identity === null && shown.endsWith(' (deleted)')) return { kind: 'missing', path: shown };
  const facts = await stat(path, { bigint: true }).catch(errorName);
  if (typeof facts === 'string') return { kind: facts === 'ENOENT' || facts === 'ENOTDIR' ? 'missing' : 'not-readable', path: shown };
  if (device.identity !== null && !isBackingFile(device, facts)) return { kind: 'replaced', path: shown };
  const isBlockDevice = facts.isBlockDevice();
  const sizeBytes = isBlockDevice ? await blockDeviceBytes(path).catch(() => 0n) : facts.size;
  return {
    kind: 'present',
    path: shown,
    sizeBytes: toDecimal(sizeBytes),
    allocatedBytes: toDecimal(isBlockDevice ? sizeBytes : facts.blocks * STAT_BLOCK_BYTES),
    freeBytes: toDecimal(await freeBytes(path)),
    writable: await isAllowed(path, constants.W_OK),
  };
}

/** Bytes an unprivileged user may still allocate on the file system of `path`. */
export async function freeBytes(path: Buffer): Promise<bigint> {
  const facts = await statfs(path, { bigint: true }).catch(refuseOpening);
  return facts.bavail * facts.bsize;
}

/** A file is really opened, since only that finds a running program or an immutable file; a device is only asked about. */
async function findAccess(path: Buffer, facts: BigIntStats): Promise<ImageDescription['access']> {
  if (facts.isBlockDevice()) {
    if (!(await isAllowed(path, constants.R_OK))) return 'none';
    return (await isAllowed(path, constants.W_OK)) ? 'read-write' : 'read-only';
  }
  try {
    const { handle, writable, fallback } = await openImage(path, 'read-write');
    await handle.close();
    if (fallback === 'running') return 'running';
    return writable ? 'read-write' : 'read-only';
  } catch (error) {
    if (error instanceof AppError && error.data.code === 'FILE_NOT_READABLE') return 'none';
    throw error;
  }
}

/** Size of a block device, which stat does not say; sysfs counts units of 512 bytes (LOOP.md §2.1). */
export async function blockDeviceBytes(path: Buffer): Promise<bigint> {
  const { rdev } = await stat(path, { bigint: true }).catch(refuseOpening);
  const major = (rdev >> 8n) & 0xfffn;
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xfffffn);
  const handle = await open(`/sys/dev/block/${major}:${minor}/size`, 'r').catch(refuseOpening);
  try {
    return BigInt((await handle.readFile('utf8')).trim()) * 512n;
  } finally {
    await handle.close();
  }
}

async function isAllowed(path: Buffer, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
