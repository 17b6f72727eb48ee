/**
 * Files from one mounted file system to another, and whether they are the same then: cp(1) and diff(1) with the user's rights, on mounts
 * that the helper makes. Main process and command line.
 */
import { open, statfs, type FileHandle } from 'node:fs/promises';
import type { DeviceTarget, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { optionsFromSettings } from '../actions/attach.ts';
import { hasCode, mountPlace } from '../actions/mount.ts';
import { mountsOf, toFileSystemType } from '../images/contents.ts';
import { runMaker } from '../images/making/maker-tool.ts';
import { refuseOpening } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { ReportProgress } from '../jobs/jobs.ts';
import { descriptorArgument } from '../tools/run-tool.ts';
import type { HelperCall } from './device-side.ts';

export interface MountedFile {
  /** Open for writing, unless it is only read. */
  readonly file: FileHandle;
  /** That has it attached already; null: it is attached for as long as the work lasts. */
  readonly device: LoopDevice | null;
  readonly partition: number | null;
  /** As libblkid calls it. */
  readonly type: string;
  readonly startBytes: string;
  readonly sizeBytes: string;
  readonly readOnly: boolean;
}

/** Less than this is no room for another file. */
const FULL_BYTES = 1n << 20n;

/** Gives `work` the folder, and leaves nothing mounted or attached that was not before. Throws FILE_SYSTEM_UNSUPPORTED where there is no driver. */
export async function withMounted<T>(session: HelperCall, wanted: MountedFile, work: (folder: FileHandle) => Promise<T>): Promise<T> {
  const { file, partition, readOnly, sizeBytes, startBytes } = wanted;
  const device = wanted.device ?? (await attachFor(session, file, wanted));
  const target = { device: device.number, diskseq: device.diskseq };
  const present = mountsOf(device).find((placed) => placed.partition === partition);
  let mountId: number | null = null;
  try {
    if (present !== undefined) return await withFolder(present.mount.mountPoint.text, work);
    const fileSystemType = toFileSystemType(wanted.type);
    if (fileSystemType === null) throw new AppError('FILE_SYSTEM_REFUSED');
    const range = partition === null ? null : { startBytes, sizeBytes };
    const place = { partition, fileSystemType, label: null, sizeBytes: BigInt(sizeBytes), range };
    const made = await mountPlace(session, device, place, { readOnly, detachWhenUnmounted: false });
    mountId = made.mountId;
    return await withFolder(made.mountPoint, work);
  } finally {
    if (mountId !== null) await session.call('mounts/unmount', { ...target, mountId, lazy: false });
    if (wanted.device === null) await detach(session, target);
  }
}

/** It went with its mount, if there was one. */
async function detach(session: HelperCall, target: DeviceTarget): Promise<void> {
  try {
    await session.call('devices/detach', { ...target, whenFree: false });
  } catch (error) {
    if (!hasCode(error, 'NOT_ATTACHED', 'STALE_DEVICE', 'NO_SUCH_DEVICE')) throw error;
  }
}

/** With autoclear: whatever ends this program, the device goes with its last mount. */
async function attachFor(session: HelperCall, file: FileHandle, { readOnly, partition }: MountedFile): Promise<LoopDevice> {
  const options = optionsFromSettings({ attachReadOnly: readOnly, partitionScan: partition !== null });
  const params = { ...options, autoclear: true, whenAttached: 'refuse', device: null } as const;
  const { device } = await session.call('devices/attach', params, { descriptors: [file.fd] });
  return device;
}

async function withFolder<T>(path: string, work: (folder: FileHandle) => Promise<T>): Promise<T> {
  const folder = await open(path, 'r').catch(refuseOpening);
  try {
    return await work(folder);
  } finally {
    await folder.close();
  }
}

export interface CopyReport {
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
  readonly total: bigint | null;
}

const [FROM, TO] = [`${descriptorArgument(0)}/.`, `${descriptorArgument(1)}/.`];

/** Throws FILE_SYSTEM_FULL where they do not fit. */
export async function copyFiles(from: FileHandle, to: FileHandle, { signal, report, total }: CopyReport): Promise<void> {
  const args = ['--recursive', '--no-dereference', '--preserve=mode,timestamps', '--', FROM, TO];
  const onRead = (bytes: bigint): void => report({ bytesDone: total !== null && bytes > total ? total : bytes, bytesTotal: total });
  try {
    await runMaker({ program: 'cp', signal, descriptors: [from.fd, to.fd], args }, { onRead });
  } catch (error) {
    if (!(error instanceof AppError) || error.data.code !== 'NO_SPACE') throw error;
    // Either the new file system is full, or the disk it lies on.
    const { bavail, bsize } = await statfs(`/proc/self/fd/${to.fd}`, { bigint: true });
    throw bavail * bsize < FULL_BYTES ? new AppError('FILE_SYSTEM_FULL') : error;
  }
}

/** Byte by byte. Throws COPY_DIFFERS. */
export async function compareFiles(from: FileHandle, to: FileHandle, signal: AbortSignal): Promise<void> {
  const args = ['--recursive', '--brief', '--no-dereference', '--', FROM, TO];
  const { status, stdout } = await runMaker({ program: 'diff', signal, descriptors: [from.fd, to.fd], args }, { good: [0, 1] });
  if (status !== 0) throw new AppError('COPY_DIFFERS', { details: stdout.slice(0, 4000) });
}
