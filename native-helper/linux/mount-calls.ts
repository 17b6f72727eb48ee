/**
 * Mounting by descriptor: fsopen(2), fsconfig(2), fsmount(2), move_mount(2), umount2(2), and what making a safe mount point
 * takes. glibc has functions for these since 2.36 only, so they go through syscall(2). All throw SyscallError.
 * Runs as root; paths are the helper's own, never a user's.
 */
import { constants } from 'node:fs';
import { call, callSleeping, checkDescriptor, checkInt, checkMemory, checkPath, checkUnsigned, load } from './ffi.ts';
import type { Memory } from './ffi.ts';
import { fileSystemStatistics } from './file-system-calls.ts';

/** The same numbers on x86-64 and arm64, but for statx. */
const SYS = {
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  openat2: 437,
  statx: process.arch === 'arm64' ? 291 : 332,
} as const;

const native = {
  fsopen: load<(number: number, type: string, flags: number) => number>('long syscall(long, str, unsigned int)'),
  fsconfig: load<(number: number, fd: number, command: number, key: string | null, value: string | null, aux: number) => number>(
    'long syscall(long, int, unsigned int, str, str, int)',
  ),
  fsmount: load<(number: number, fd: number, flags: number, attributes: number) => number>(
    'long syscall(long, int, unsigned int, unsigned int)',
  ),
  moveMount: load<(number: number, from: number, fromPath: string, to: number, toPath: string, flags: number) => number>(
    'long syscall(long, int, str, int, str, unsigned int)',
  ),
  openat2: load<(number: number, directory: number, path: string, how: Memory, bytes: number) => number>(
    'long syscall(long, int, str, void *, size_t)',
  ),
  statx: load<(number: number, fd: number, path: string, flags: number, mask: number, result: Memory) => number>(
    'long syscall(long, int, str, int, unsigned int, void *)',
  ),
  umount2: load<(path: string, flags: number) => number>('int umount2(str, int)'),
  mkdirat: load<(directory: number, path: string, mode: number) => number>('int mkdirat(int, str, unsigned int)'),
  unlinkat: load<(directory: number, path: string, flags: number) => number>('int unlinkat(int, str, int)'),
  renameat2: load<(from: number, fromPath: string, to: number, toPath: string, flags: number) => number>(
    'int renameat2(int, str, int, str, unsigned int)',
  ),
  fchmod: load<(fd: number, mode: number) => number>('int fchmod(int, unsigned int)'),
  fsetxattr: load<(fd: number, name: string, value: Memory, bytes: number, flags: number) => number>(
    'int fsetxattr(int, str, void *, size_t, int)',
  ),
  syncfs: load<(fd: number) => number>('int syncfs(int)'),
  read: load<(fd: number, memory: Memory, bytes: number) => number>('long read(int, void *, size_t)'),
};

/** MOUNT_ATTR_*, linux/mount.h: given to fsmount, so that there is no moment without them. */
export const mountAttributes = { readOnly: 0x1, noSuid: 0x2, noDevices: 0x4, noExecute: 0x8, noSymlinks: 0x20_0000 } as const;
/** ST_*, linux/statfs.h: bits of {@link fileSystemStatistics}.flags. */
export const statisticsFlags = { readOnly: 0x1, noSuid: 0x2, noDevices: 0x4 } as const;
/** MNT_DETACH and UMOUNT_NOFOLLOW, linux/fs.h. */
export const unmountFlags = { lazy: 2, noFollow: 8 } as const;

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;

/** A new configuration for a file system of this type; the kernel may load its driver. ENODEV: no such type. Close it after use. */
export function openFileSystem(type: string): number {
  return call('fsopen', () => native.fsopen(SYS.fsopen, checkPath(type), FSOPEN_CLOEXEC));
}

/** One parameter of a configuration: a value, or a flag where the value is null. EINVAL: the type does not take it. */
export function setFileSystemParameter(fd: number, key: string, value: string | null): void {
  const command = value === null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
  call('fsconfig', () =>
    native.fsconfig(SYS.fsconfig, checkDescriptor(fd), command, checkPath(key), value === null ? null : checkPath(value), 0),
  );
}

/** Reads the file system: may take long (journal replay). EINVAL, EUCLEAN, EIO and others: not this type, or damaged. */
export async function createFileSystem(fd: number): Promise<void> {
  checkDescriptor(fd);
  await callSleeping('FSCONFIG_CMD_CREATE', (done) => native.fsconfig.async(SYS.fsconfig, fd, FSCONFIG_CMD_CREATE, null, null, 0, done));
}

/** What the kernel wrote into the configuration's log; for our own log, as the text is the driver's. At most 4 KiB. */
export function readFileSystemLog(fd: number): string {
  const line = Buffer.alloc(1024);
  let text = '';
  for (let count = 0; count < 4; count++) {
    const length = native.read(checkDescriptor(fd), line, line.byteLength);
    if (length <= 0) break;
    text += line.toString('utf8', 0, length);
  }
  return text;
}

/** A mount that is nowhere yet, with attributes of {@link mountAttributes}. It vanishes when the descriptor is closed. */
export function makeMount(fd: number, attributes: number): number {
  return call('fsmount', () => native.fsmount(SYS.fsmount, checkDescriptor(fd), FSMOUNT_CLOEXEC, checkUnsigned(attributes)));
}

/** Puts a mount of {@link makeMount} on an open directory: no path is looked up. */
export function moveMount(mountFd: number, targetFd: number): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  call('move_mount', () => native.moveMount(SYS.move_mount, checkDescriptor(mountFd), '', checkDescriptor(targetFd), '', flags));
}

/** umount2(2); writes everything out first, so it may take long. EBUSY: in use. `flags` of {@link unmountFlags}. */
export async function unmount(path: string, flags: number): Promise<void> {
  checkPath(path);
  checkInt(flags);
  await callSleeping('umount2', (done) => native.umount2.async(path, flags, done));
}

/** O_ flags of fcntl.h that node:fs does not name. */
const O_PATH = 0o10_000_000;
const O_CLOEXEC = 0o2_000_000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;

/**
 * Opens a directory without following any symbolic link on the way. Relative to `parent` when given, and then never outside it;
 * otherwise `path` is absolute. `pathOnly` makes an O_PATH descriptor: a place, without the right to read it.
 */
export function openDirectory(path: string, options: { readonly parent?: number; readonly pathOnly?: boolean } = {}): number {
  const how = Buffer.alloc(24); // struct open_how: flags, mode, resolve
  const inside = options.parent === undefined ? 0 : RESOLVE_BENEATH;
  how.writeBigUInt64LE(BigInt(constants.O_DIRECTORY | O_CLOEXEC | (options.pathOnly === true ? O_PATH : 0)), 0);
  how.writeBigUInt64LE(BigInt(RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | inside), 16);
  const parent = options.parent === undefined ? -100 : checkDescriptor(options.parent);
  return call('openat2', () => native.openat2(SYS.openat2, parent, checkPath(path), how, how.byteLength));
}

/** A name inside a directory: one part, so that no call below leaves it. Throws RangeError. */
function checkName(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new RangeError('a file name is out of range');
  return checkPath(name);
}

/** mkdirat(2). EEXIST: something of that name is there. */
export function makeDirectory(parent: number, name: string, mode: number): void {
  call('mkdirat', () => native.mkdirat(checkDescriptor(parent), checkName(name), checkUnsigned(mode)));
}

/** unlinkat(2) with AT_REMOVEDIR: only an empty directory that nothing is mounted on. */
export function removeDirectory(parent: number, name: string): void {
  call('unlinkat', () => native.unlinkat(checkDescriptor(parent), checkName(name), 0x200));
}

/** renameat2(2) with RENAME_NOREPLACE, inside one directory. EEXIST: the new name is taken. */
export function renameNew(parent: number, oldName: string, newName: string): void {
  const fd = checkDescriptor(parent);
  call('renameat2', () => native.renameat2(fd, checkName(oldName), fd, checkName(newName), 1));
}

export function changeMode(fd: number, mode: number): void {
  call('fchmod', () => native.fchmod(checkDescriptor(fd), checkUnsigned(mode)));
}

/** Sets an extended attribute of an open file. EOPNOTSUPP: the file system has none. */
export function setAttribute(fd: number, name: string, value: Uint8Array): void {
  call('fsetxattr', () =>
    native.fsetxattr(checkDescriptor(fd), checkPath(name), checkMemory(value, value.byteLength), value.byteLength, 0),
  );
}

/** syncfs(2): writes out the file system a descriptor lies on. */
export async function syncFileSystem(fd: number): Promise<void> {
  checkDescriptor(fd);
  await callSleeping('syncfs', (done) => native.syncfs.async(fd, done));
}

/** Where an open directory is mounted. */
export interface MountIdentity {
  /** The id in /proc/PID/mountinfo; used again after unmounting. */
  readonly mountId: number;
  /** Never used again (Linux 6.8), else null. */
  readonly uniqueMountId: bigint | null;
  /** Of the file system, as `7:3`; btrfs has a number of its own. */
  readonly deviceNumber: string;
  readonly inode: bigint;
  /** True when the directory is where the mount begins. */
  readonly isMountRoot: boolean;
  /** Device nodes and set-user-ID programs in it have no effect: so is every mount that a helper makes. */
  readonly isRestricted: boolean;
}

const restrictions = statisticsFlags.noSuid | statisticsFlags.noDevices;

const AT_EMPTY_PATH = 0x1000;
const STATX_INO = 0x100;
const STATX_MNT_ID = 0x1000;
const STATX_MNT_ID_UNIQUE = 0x4000;
const STATX_ATTR_MOUNT_ROOT = 0x2000n;

/** statx(2) and fstatfs(2) of an open directory (O_PATH is enough). */
export function mountIdentity(fd: number): MountIdentity {
  const plain = statx(fd, STATX_INO | STATX_MNT_ID);
  const unique = statx(fd, STATX_MNT_ID_UNIQUE);
  const hasUnique = (unique.readUInt32LE(0) & STATX_MNT_ID_UNIQUE) !== 0;
  return {
    mountId: Number(plain.readBigUInt64LE(144)),
    uniqueMountId: hasUnique ? unique.readBigUInt64LE(144) : null,
    deviceNumber: `${plain.readUInt32LE(136)}:${plain.readUInt32LE(140)}`,
    inode: plain.readBigUInt64LE(32),
    isMountRoot: (plain.readBigUInt64LE(8) & STATX_ATTR_MOUNT_ROOT) !== 0n,
    isRestricted: (fileSystemStatistics(fd).flags & restrictions) === restrictions,
  };
}

/** struct statx, linux/stat.h, 256 bytes: mask 0, attributes 8, ino 32, dev_major 136, dev_minor 140, mnt_id 144. */
function statx(fd: number, mask: number): Buffer {
  const result = Buffer.alloc(256);
  call('statx', () => native.statx(SYS.statx, checkDescriptor(fd), '', AT_EMPTY_PATH, mask, result));
  return result;
}
