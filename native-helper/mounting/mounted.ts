/** Finds the mount a request names among those the helper made, and makes sure that it is still that one. Runs as root. */
import { closeDescriptor } from '../linux/descriptors.ts';
import { mountIdentity, openDirectory } from '../linux/mount-calls.ts';
import { readMountInfo } from '../linux/process-mounts.ts';
import { readDescriptorFacts } from '../linux/process-files.ts';
import { isErrno, SyscallError } from '../linux/syscall-error.ts';
import { readDiskseq } from '../linux/sysfs.ts';
import type { Ownership } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import type { MountTargetParams } from '../protocol/mounts.ts';
import type { Mounting } from './mounting-context.ts';
import { isMountOf, type MountRecord } from './mount-records.ts';
import { sourcePath } from './mount-source.ts';

/** Where a record says its mount is. */
export function mountPointOf(mediaFolder: string, { intent }: MountRecord): string {
  return `${mediaFolder}/${intent.userFolder}/${intent.leaf}`;
}

/** Errors: NO_SUCH_DEVICE, STALE_DEVICE when the device is another by now, NOT_MOUNTED when no helper mounted this. */
export function findRecord({ mountRecords }: Pick<Mounting, 'mountRecords'>, params: MountTargetParams): MountRecord {
  const diskseq = readDiskseq(params.device);
  if (diskseq === null) throw new HelperError('NO_SUCH_DEVICE');
  if (diskseq !== BigInt(params.diskseq)) throw new HelperError('STALE_DEVICE');
  const record = mountRecords
    .list()
    .find(({ intent, done }) => done !== null && done.mountId === params.mountId && intent.device === params.device);
  if (record === undefined) throw new HelperError('NOT_MOUNTED');
  return record;
}

/** Whose mount it is, by the records alone; `unknown` when no helper mounted it. */
export function ownershipOfMount(
  mounting: Pick<Mounting, 'mountRecords' | 'uid'>,
  params: Pick<MountTargetParams, 'device' | 'mountId'>,
): Ownership {
  const record = mounting.mountRecords
    .list()
    .find(({ intent, done }) => done !== null && done.mountId === params.mountId && intent.device === params.device);
  if (record === undefined) return 'unknown';
  return record.intent.uid === mounting.uid ? 'own' : 'other-user';
}

/** The folder of a record and the record's mount on it, both open. */
export interface OpenMounted {
  readonly userFolder: number;
  /** The root directory of the mount; readable, for ioctls. */
  readonly root: number;
}

/**
 * Opens the mount of a record; every part of the way belongs to root, and what is found there is compared with the record before
 * it is opened for reading. Errors: NOT_MOUNTED when something else, or nothing, is there. The caller closes both.
 */
export function openMounted(mounting: Pick<Mounting, 'mediaFolder'>, record: MountRecord, access: 'place' | 'read'): OpenMounted {
  const userFolder = asNotMounted(() => openDirectory(`${mounting.mediaFolder}/${record.intent.userFolder}`));
  try {
    const place = openChecked(userFolder, record, true);
    if (access === 'place') return { userFolder, root: place };
    closeDescriptor(place);
    return { userFolder, root: openChecked(userFolder, record, false) };
  } catch (error) {
    closeDescriptor(userFolder);
    throw error;
  }
}

function openChecked(userFolder: number, record: MountRecord, pathOnly: boolean): number {
  const fd = asNotMounted(() => openDirectory(record.intent.leaf, { parent: userFolder, pathOnly }));
  try {
    if (!isRecorded(record, fd)) throw new HelperError('NOT_MOUNTED');
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

/**
 * A file system that is damaged, or that has shut itself down because its disk failed, may refuse to tell even of its own top folder (EIO of XFS
 * and NTFS). It must be possible to unmount it all the same: then the kernel's list of mounts says what is there.
 */
function isRecorded(record: MountRecord, fd: number): boolean {
  try {
    return isMountOf(record, mountIdentity(fd));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return readDescriptorFacts(process.pid, fd)?.mountId === record.done?.mountId && isStillMounted(record);
  }
}

/** Whether the record's mount is there, also below something else. Numbers of mounts are given out again, so the device has to agree. */
export function isStillMounted({ intent, done }: MountRecord): boolean {
  const source = Buffer.from(sourcePath(intent.device, intent.partition));
  return readMountInfo().some(({ mountId, source: present }) => mountId === done?.mountId && source.equals(present));
}

function asNotMounted<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw new HelperError('NOT_MOUNTED', { cause: error });
    throw error;
  }
}
