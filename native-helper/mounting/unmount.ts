/** mounts/unmount: takes back what mounts/mount did, and nothing else. Runs as root. */
import { closeDescriptor } from '../linux/descriptors.ts';
import { unmount, unmountFlags } from '../linux/mount-calls.ts';
import { isErrno } from '../linux/syscall-error.ts';
import { toHelperError } from '../operations/kernel-errors.ts';
import { HelperError } from '../protocol/errors.ts';
import type { UnmountParams, UnmountResult } from '../protocol/mounts.ts';
import { listMountUsers } from './mount-users.ts';
import { removeLeaf } from './mount-target.ts';
import { findRecord, isStillMounted, mountPointOf, openMounted } from './mounted.ts';
import type { Mounting } from './mounting-context.ts';

/** Errors: those of findRecord, NOT_PERMITTED (lazy, of another user's mount), MOUNT_BUSY with the caller's own programs that use it. */
export async function unmountImage(mounting: Mounting, params: UnmountParams): Promise<UnmountResult> {
  const record = findRecord(mounting, params);
  if (params.lazy && mounting.uid !== 0 && record.intent.uid !== mounting.uid) throw new HelperError('NOT_PERMITTED');
  const mountPoint = mountPointOf(mounting.mediaFolder, record);
  const { userFolder, root } = openMounted(mounting, record, 'place');
  try {
    // An open descriptor of it would keep it busy. Only root can put something else there before the next line.
    closeDescriptor(root);
    await unmount(mountPoint, unmountFlags.noFollow | (params.lazy ? unmountFlags.lazy : 0));
    // Something of root's was over it after all, and went in its place: ours is still recorded.
    if (isStillMounted(record)) throw new HelperError('NOT_MOUNTED');
    // The record last: whatever ends the helper before, the next one knows of the folder.
    removeLeaf(userFolder, record.intent.leaf);
    mounting.mountRecords.remove(record.name);
    return { state: params.lazy ? 'lazy' : 'unmounted' };
  } catch (error) {
    if (isErrno(error, 'EBUSY')) {
      const programs = await listMountUsers({ device: params.device, mountId: params.mountId, uid: mounting.uid });
      throw new HelperError('MOUNT_BUSY', { errno: error.errno, detail: { mountPoints: [mountPoint], programs }, cause: error });
    }
    throw toHelperError(error, { EINVAL: 'NOT_MOUNTED', ENOENT: 'NOT_MOUNTED' });
  } finally {
    closeDescriptor(userFolder);
  }
}
