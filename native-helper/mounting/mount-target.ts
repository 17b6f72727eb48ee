/**
 * The folders that images are mounted on: /run/media/USER/LABEL, made and checked by descriptor, no part of it writable by
 * anybody but root, USER's content visible to that user alone. Runs as root.
 */
import { randomBytes } from 'node:crypto';
import { constants, fstatSync, mkdirSync } from 'node:fs';
import { closeDescriptor } from '../linux/descriptors.ts';
import { changeMode, makeDirectory, mountIdentity, openDirectory, removeDirectory, renameNew, setAttribute } from '../linux/mount-calls.ts';
import { isErrno } from '../linux/syscall-error.ts';
import { HelperError } from '../protocol/errors.ts';
import { isCode } from '../records/file-errors.ts';
import { numberedLeafName } from './leaf-name.ts';

/** Shared with udisks2, which makes the folder of a user in the same way. */
export const MEDIA_FOLDER = '/run/media';

/** Folders of one name tried before giving up. */
const NAMES_TRIED = 99;

/**
 * Opens the folder of a user below `media`, made if it is not there. The caller closes it. Errors: MOUNT_TARGET_REFUSED when one
 * of the folders could be written by others than root; nothing is repaired.
 */
export function openUserFolder(media: string, name: string, uid: number): number {
  try {
    mkdirSync(media, { mode: 0o755 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw new HelperError('MOUNT_TARGET_REFUSED', { cause: error });
  }
  const parent = openChecked(media);
  try {
    return openChecked(name, parent);
  } catch (error) {
    if (!(error instanceof HelperError) || !isErrno(error.cause, 'ENOENT')) throw error;
    makeUserFolder(parent, name, uid);
    return openChecked(name, parent);
  } finally {
    closeDescriptor(parent);
  }
}

/** A directory that only root can change, on the file system of its parent. */
function openChecked(path: string, parent?: number): number {
  const fd = asTargetError(() => openDirectory(path, parent === undefined ? {} : { parent }));
  const facts = fstatSync(fd);
  const sameFileSystem = parent === undefined || fstatSync(parent).dev === facts.dev;
  if (facts.uid === 0 && (facts.mode & constants.S_IWOTH) === 0 && (facts.mode & constants.S_IWGRP) === 0 && sameFileSystem) return fd;
  closeDescriptor(fd);
  throw new HelperError('MOUNT_TARGET_REFUSED');
}

/** Made under another name and renamed when it is complete, so that nobody meets it half made. */
function makeUserFolder(parent: number, name: string, uid: number): void {
  const temporary = `.platter-${randomBytes(8).toString('hex')}`;
  asTargetError(() => makeDirectory(parent, temporary, 0o700));
  let renamed = false;
  try {
    asTargetError(() => {
      const fd = openDirectory(temporary, { parent });
      try {
        changeMode(fd, 0o750);
        if (uid !== 0) setAttribute(fd, 'system.posix_acl_access', encodeReadAcl(uid));
      } finally {
        closeDescriptor(fd);
      }
      renamed = renameUnlessThere(parent, temporary, name);
    });
  } finally {
    if (!renamed) removeDirectory(parent, temporary);
  }
}

/** False when somebody else was faster. */
function renameUnlessThere(parent: number, from: string, to: string): boolean {
  try {
    renameNew(parent, from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * An access ACL as the kernel takes it (linux/posix_acl_xattr.h: version 2, then tag, permissions and id of each entry): owner
 * rwx, this user r-x, group r-x, mask r-x, others nothing. What `setfacl -m u:UID:r-x` on mode 0750 gives.
 */
export function encodeReadAcl(uid: number): Buffer {
  const noId = 0xffff_ffff;
  const entries = [
    { tag: 0x01, permissions: 7, id: noId },
    { tag: 0x02, permissions: 5, id: uid },
    { tag: 0x04, permissions: 5, id: noId },
    { tag: 0x10, permissions: 5, id: noId },
    { tag: 0x20, permissions: 0, id: noId },
  ];
  const acl = Buffer.alloc(4 + entries.length * 8);
  acl.writeUInt32LE(2, 0);
  for (const [index, { tag, permissions, id }] of entries.entries()) {
    acl.writeUInt16LE(tag, 4 + index * 8);
    acl.writeUInt16LE(permissions, 6 + index * 8);
    acl.writeUInt32LE(id, 8 + index * 8);
  }
  return acl;
}

/** A new, empty folder to mount on. */
export interface Leaf {
  readonly name: string;
  /** O_PATH; the caller closes it. */
  readonly fd: number;
}

/**
 * Makes a folder of this name, or of this name and a number where it is taken. mkdirat itself is the test for being the first.
 * `announce` is called with each name before it is tried, and gets back what undoes that.
 */
export function makeLeaf(userFolder: number, wanted: string, announce: (name: string) => { abandon: () => void }): Leaf {
  for (let number = 1; number <= NAMES_TRIED; number++) {
    const name = number === 1 ? wanted : numberedLeafName(wanted, number);
    const announced = announce(name);
    try {
      makeDirectory(userFolder, name, 0o700);
    } catch (error) {
      announced.abandon();
      if (isErrno(error, 'EEXIST')) continue;
      throw new HelperError('MOUNT_TARGET_REFUSED', { cause: error });
    }
    try {
      return { name, fd: openLeaf(userFolder, name) };
    } catch (error) {
      announced.abandon();
      removeLeaf(userFolder, name);
      throw error;
    }
  }
  throw new HelperError('MOUNT_TARGET_REFUSED');
}

/** The folder just made, and nothing that was put in its place. */
function openLeaf(userFolder: number, name: string): number {
  const fd = asTargetError(() => openDirectory(name, { parent: userFolder, pathOnly: true }));
  const { deviceNumber, isMountRoot } = mountIdentity(fd);
  if (!isMountRoot && deviceNumber === mountIdentity(userFolder).deviceNumber) return fd;
  closeDescriptor(fd);
  throw new HelperError('MOUNT_TARGET_REFUSED');
}

/** Removes a folder we made. One that is not empty, is mounted on, or has gone stays what it is. */
export function removeLeaf(userFolder: number, name: string): void {
  try {
    removeDirectory(userFolder, name);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EBUSY', 'ENOTDIR')) throw error;
  }
}

function asTargetError<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof HelperError) throw error;
    throw new HelperError('MOUNT_TARGET_REFUSED', { cause: error });
  }
}
