/**
 * Makes the records of mounts agree with what is mounted: after a helper was killed, or somebody else unmounted. The kernel is
 * the truth; nothing is unmounted here, and only folders that a record names are removed. Runs as root.
 */
import { closeDescriptor } from '../linux/descriptors.ts';
import { mountIdentity, openDirectory } from '../linux/mount-calls.ts';
import { readMountInfo, type MountEntry } from '../linux/process-mounts.ts';
import { isErrno, SyscallError } from '../linux/syscall-error.ts';
import { isCode } from '../records/file-errors.ts';
import { mountPointOf } from './mounted.ts';
import type { Mounting } from './mounting-context.ts';
import type { MountRecord } from './mount-records.ts';
import { sourcePath } from './mount-source.ts';
import { removeLeaf } from './mount-target.ts';

type Place = Pick<Mounting, 'mediaFolder' | 'mountRecords'>;

/** Called at the start of a helper and before each mount. Records another helper works on, and those of other mount namespaces, are left alone. */
export function reconcileMounts(place: Place): void {
  const records = place.mountRecords.list();
  if (records.length === 0) return;
  const mounted = readMountInfo();
  for (const record of records) {
    // A folder that is no mount point here may be one there, and removing it would take the mount away.
    if (!place.mountRecords.isOfNamespace(record) || place.mountRecords.isInWork(record)) continue;
    const path = Buffer.from(mountPointOf(place.mediaFolder, record));
    const there = mounted.filter((entry) => path.equals(entry.mountPoint));
    const { done } = record;
    if (done === null) finishOrDrop(place, record, there);
    // Also kept when something else was mounted over it.
    else if (!there.some((entry) => entry.mountId === done.mountId && isOfRecord(record, done.deviceNumber, entry))) drop(place, record);
  }
}

/** The device number of a btrfs mount is another in mountinfo (of the whole file system) than in statx (of the subvolume). */
function isOfRecord({ intent }: MountRecord, deviceNumber: string, entry: MountEntry): boolean {
  return entry.deviceNumber === deviceNumber || Buffer.from(sourcePath(intent.device, intent.partition)).equals(entry.source);
}

/** A helper was killed between making the folder and writing down what it mounted there. Nobody but root could mount there. */
function finishOrDrop(place: Place, record: MountRecord, there: readonly MountEntry[]): void {
  const source = Buffer.from(sourcePath(record.intent.device, record.intent.partition));
  const top = there.at(-1);
  if (top === undefined || !source.equals(top.source)) {
    drop(place, record);
    return;
  }
  withUserFolder(place, record, (userFolder) => {
    try {
      finish(place, record, userFolder, top.mountId);
    } catch (error) {
      // Another helper has finished it too, and unmounted it since; or the file system does not tell of itself, and the record stays as it is.
      if (!(error instanceof SyscallError) && !isCode(error, 'ENOENT')) throw error;
    }
  });
}

function finish({ mountRecords }: Place, record: MountRecord, userFolder: number, mountId: number): void {
  const fd = openDirectory(record.intent.leaf, { parent: userFolder, pathOnly: true });
  try {
    const identity = mountIdentity(fd);
    if (identity.mountId === mountId) mountRecords.complete(record.name, identity);
  } finally {
    closeDescriptor(fd);
  }
}

function drop(place: Place, record: MountRecord): void {
  withUserFolder(place, record, (userFolder) => removeLeaf(userFolder, record.intent.leaf));
  place.mountRecords.remove(record.name);
}

function withUserFolder(place: Place, record: MountRecord, work: (userFolder: number) => void): void {
  let userFolder: number;
  try {
    userFolder = openDirectory(`${place.mediaFolder}/${record.intent.userFolder}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return;
    throw error;
  }
  try {
    work(userFolder);
  } finally {
    closeDescriptor(userFolder);
  }
}
