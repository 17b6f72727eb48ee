/**
 * mounts/mount: the one place where anything is mounted (SECURITY.md d). Always nosuid and nodev, given together with the mount
 * itself; parameters come from a table, the target from mount-target.ts. A failure leaves nothing behind. Runs as root.
 */
import { closeDescriptor } from '../linux/descriptors.ts';
import { fileSystemStatistics } from '../linux/file-system-calls.ts';
import { loopSetStatus64 } from '../linux/loop-device.ts';
import type { LoopStatus64 } from '../linux/loop-structures.ts';
import {
  createFileSystem,
  makeMount,
  mountAttributes,
  mountIdentity,
  moveMount,
  openDirectory,
  openFileSystem,
  readFileSystemLog,
  setFileSystemParameter,
  statisticsFlags,
  unmount,
  unmountFlags,
  type MountIdentity,
} from '../linux/mount-calls.ts';
import { SyscallError } from '../linux/syscall-error.ts';
import { hasFlag, toTarget, withFlags, withTarget, type SlowDevices } from '../operations/device-access.ts';
import { toHelperError, type ErrnoCodes } from '../operations/kernel-errors.ts';
import { HelperError } from '../protocol/errors.ts';
import { isFileSystemType, type FileSystemType, type MountParams, type MountResult } from '../protocol/mounts.ts';
import { toKernelText } from '../protocol/scalars.ts';
import { planFileSystem, type FileSystemPlan, type MountParameter } from './file-systems.ts';
import { toLeafName } from './leaf-name.ts';
import type { Mounting } from './mounting-context.ts';
import type { PendingMount } from './mount-records.ts';
import { openSource, type MountSource } from './mount-source.ts';
import { makeLeaf, openUserFolder, removeLeaf, type Leaf } from './mount-target.ts';

/** Mounts one user may have at a time (DESIGN.md §3); uid 0 has no limit. */
export const MOUNTS_PER_USER = 64;

/**
 * Errors: FILE_SYSTEM_REFUSED, FILE_SYSTEM_UNSUPPORTED, FILE_SYSTEM_INVALID, DEVICE_READ_ONLY, DEVICE_MOUNTED (in another way),
 * LIMIT_REACHED, NOT_PERMITTED, NO_SUCH_PARTITION, PARTITION_INVALID, MOUNT_TARGET_REFUSED, and those of every device request.
 */
export async function mountImage(mounting: Mounting, devices: SlowDevices, params: MountParams): Promise<MountResult> {
  const type = params.fileSystemType;
  if (!isFileSystemType(type)) throw new HelperError('FILE_SYSTEM_REFUSED');
  if (countMounts(mounting) >= MOUNTS_PER_USER) throw new HelperError('LIMIT_REACHED');
  const target = toTarget(params);
  return withTarget(devices, target, {}, async ({ fd, status }) => {
    const owner = mounting.records.ownershipOf(target.number, target.diskseq, { device: status.device, inode: status.inode });
    if (params.detachWhenUnmounted && owner !== 'own') throw new HelperError('NOT_PERMITTED');
    const source = openSource(target.number, params.partition, fd);
    try {
      return await mountSource(mounting, { params, type, source, deviceFd: fd, status });
    } finally {
      if (source.fd !== fd) closeDescriptor(source.fd);
    }
  });
}

/** Those that count against the limit, and that are being made: none of uid 0. */
function countMounts({ uid, mountRecords }: Mounting): number {
  return uid === 0 ? 0 : mountRecords.list().filter((record) => record.intent.uid === uid).length;
}

interface MountWork {
  readonly params: MountParams;
  readonly type: FileSystemType;
  readonly source: MountSource;
  readonly deviceFd: number;
  readonly status: LoopStatus64;
}

async function mountSource(mounting: Mounting, work: MountWork): Promise<MountResult> {
  const { params, source } = work;
  const account = mounting.account();
  const plan = planFileSystem(work.type, { readOnly: params.readOnly, skipJournal: params.skipJournal === true }, account);
  if (source.readOnly && !plan.readOnly) throw new HelperError('DEVICE_READ_ONLY');
  const mountFd = await openMount(mounting, source.path, plan, attributesFor(params, plan.readOnly));
  try {
    const userFolder = openUserFolder(mounting.mediaFolder, account.folder, mounting.uid);
    try {
      return await placeMount(mounting, work, { mountFd, userFolder, userFolderName: account.folder, readOnly: plan.readOnly });
    } finally {
      closeDescriptor(userFolder);
    }
  } finally {
    closeDescriptor(mountFd);
  }
}

/** MOUNT_ATTR_ bits: what the caller may add only takes rights away. */
export function attributesFor(params: Pick<MountParams, 'noExecute' | 'noSymbolicLinks'>, readOnly: boolean): number {
  return (
    mountAttributes.noSuid |
    mountAttributes.noDevices |
    (readOnly ? mountAttributes.readOnly : 0) |
    (params.noExecute === true ? mountAttributes.noExecute : 0) |
    (params.noSymbolicLinks === true ? mountAttributes.noSymlinks : 0)
  );
}

/** A mount that is nowhere yet. The caller closes it, and unless it was put somewhere that ends it. */
async function openMount(mounting: Mounting, path: string, plan: FileSystemPlan, attributes: number): Promise<number> {
  try {
    return await tryMount(mounting, path, plan, plan.parameters, attributes);
  } catch (error) {
    if (plan.secondTry === null || !(error instanceof HelperError) || error.code !== 'FILE_SYSTEM_INVALID') throw error;
    return tryMount(mounting, path, plan, [...plan.parameters, plan.secondTry], attributes);
  }
}

/** What fsopen, fsconfig and fsmount say; EBUSY: the file system is mounted already and not in this way. */
const mountErrors: ErrnoCodes = {
  EINVAL: 'FILE_SYSTEM_INVALID',
  EBADMSG: 'FILE_SYSTEM_INVALID',
  EIO: 'FILE_SYSTEM_INVALID',
  ENODATA: 'FILE_SYSTEM_INVALID',
  EFBIG: 'FILE_SYSTEM_INVALID',
  EOPNOTSUPP: 'FILE_SYSTEM_UNSUPPORTED',
  ENODEV: 'FILE_SYSTEM_UNSUPPORTED',
  EROFS: 'DEVICE_READ_ONLY',
  EACCES: 'DEVICE_READ_ONLY',
  EBUSY: 'DEVICE_MOUNTED',
};

/** EUCLEAN, "structure needs cleaning": damaged. node:os has no name for it. */
const EUCLEAN = 117;

function toMountError(error: unknown): unknown {
  if (error instanceof SyscallError && error.errno === EUCLEAN) {
    return new HelperError('FILE_SYSTEM_INVALID', { errno: error.errno, cause: error });
  }
  return toHelperError(error, mountErrors);
}

async function tryMount(
  mounting: Mounting,
  path: string,
  plan: FileSystemPlan,
  parameters: readonly MountParameter[],
  attributes: number,
): Promise<number> {
  let configuration = -1;
  try {
    configuration = openFileSystem(plan.driver);
    setFileSystemParameter(configuration, 'source', path);
    for (const [key, value] of parameters) setFileSystemParameter(configuration, key, value);
    await createFileSystem(configuration);
    return checkRestrictions(makeMount(configuration, attributes));
  } catch (error) {
    if (configuration !== -1) mounting.log('mount-refused', { kernel: readFileSystemLog(configuration) });
    throw toMountError(error);
  } finally {
    if (configuration !== -1) closeDescriptor(configuration);
  }
}

/** Believes nothing: a mount without the two restrictions is closed again before anybody can reach it. */
function checkRestrictions(mountFd: number): number {
  const required = statisticsFlags.noSuid | statisticsFlags.noDevices;
  let flags = 0;
  try {
    ({ flags } = fileSystemStatistics(mountFd));
  } finally {
    if ((flags & required) !== required) closeDescriptor(mountFd);
  }
  if ((flags & required) !== required) throw new HelperError('KERNEL_REFUSED', { detail: { call: 'fsmount' } });
  return mountFd;
}

interface Placement {
  readonly mountFd: number;
  readonly userFolder: number;
  readonly userFolderName: string;
  readonly readOnly: boolean;
}

async function placeMount(mounting: Mounting, work: MountWork, placement: Placement): Promise<MountResult> {
  const { params, type } = work;
  let record: PendingMount | undefined;
  const leaf = makeLeaf(placement.userFolder, toLeafName(params.label), (name) => {
    record = mounting.mountRecords.begin({
      device: params.device,
      partition: params.partition,
      diskseq: params.diskseq,
      fileSystemType: type,
      userFolder: placement.userFolderName,
      leaf: name,
    });
    // Once more with ours: two helpers of one user may then both be refused, but never both admitted.
    if (countMounts(mounting) <= MOUNTS_PER_USER) return record;
    record.abandon();
    throw new HelperError('LIMIT_REACHED');
  });
  const mountPoint = `${mounting.mediaFolder}/${placement.userFolderName}/${leaf.name}`;
  let isMounted = false;
  try {
    moveMount(placement.mountFd, leaf.fd);
    isMounted = true;
    const identity = readPlaced(placement.userFolder, leaf);
    const detaches = await letDetach(work);
    record?.complete(identity);
    return {
      mount: {
        mountId: identity.mountId,
        mountPoint: toKernelText(Buffer.from(mountPoint)),
        fileSystemType: type,
        readOnly: placement.readOnly,
      },
      detachesWhenUnmounted: detaches,
    };
  } catch (error) {
    if (isMounted) await unmount(mountPoint, unmountFlags.noFollow | unmountFlags.lazy);
    removeLeaf(placement.userFolder, leaf.name);
    record?.abandon();
    throw toHelperError(error);
  } finally {
    closeDescriptor(leaf.fd);
  }
}

/** The identity of what now lies on the leaf, looked up anew: the leaf's own descriptor is below the mount. */
function readPlaced(userFolder: number, leaf: Leaf): MountIdentity {
  const fd = openDirectory(leaf.name, { parent: userFolder, pathOnly: true });
  try {
    return mountIdentity(fd);
  } finally {
    closeDescriptor(fd);
  }
}

/** AUTOCLEAR, now that the mount keeps the device: an ejected image leaves no loop device (DESIGN.md §4). Most have it from the start. */
async function letDetach({ params, deviceFd, status }: MountWork): Promise<boolean> {
  if (hasFlag(status, 'autoclear')) return true;
  if (!params.detachWhenUnmounted) return false;
  await loopSetStatus64(deviceFd, withFlags(status, { autoclear: true }));
  return true;
}
