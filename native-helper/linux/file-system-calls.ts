/**
 * Ioctls on a mounted file system: growing it and giving free space back. `fd` is an open directory of it. Runs as root.
 * All reject or throw with SyscallError; EPERM also means that CAP_SYS_RESOURCE is missing (ext4).
 */
import { call, checkUnsigned64, fstatfs, ioctlMemory, ioctlMemorySleeping } from './ffi.ts';

/** _IOW('f', 16, __u64), fs/ext4/ext4.h: new number of blocks. */
const EXT4_IOC_RESIZE_FS = 0x4008_6610;
/** _IOR('X', 100, struct xfs_fsop_geom_v1) and _IOW('X', 110, struct xfs_growfs_data), xfs_fs.h. */
const XFS_IOC_FSGEOMETRY_V1 = 0x8070_5864;
const XFS_IOC_FSGROWFSDATA = 0x4010_586e;
/** _IOW(0x94, 3, struct btrfs_ioctl_vol_args), linux/btrfs.h. */
const BTRFS_IOC_RESIZE = 0x5000_9403;
/** _IOWR('X', 121, struct fstrim_range), linux/fs.h. */
const FITRIM = 0xc018_5879;

/** What statfs(2) says of a mounted file system (struct statfs of 64-bit Linux). */
export interface FileSystemStatistics {
  readonly magic: bigint;
  readonly blockBytes: bigint;
  readonly sizeBytes: bigint;
  /** ST_* bits of linux/statfs.h. */
  readonly flags: number;
}

export function fileSystemStatistics(fd: number): FileSystemStatistics {
  const result = Buffer.alloc(120);
  call('fstatfs', () => fstatfs(fd, result));
  const blockBytes = result.readBigUInt64LE(8);
  return {
    magic: result.readBigUInt64LE(0),
    blockBytes,
    sizeBytes: blockBytes * result.readBigUInt64LE(16),
    flags: Number(result.readBigUInt64LE(80)),
  };
}

/** Grows a mounted ext4 to a number of its blocks. EPERM without CAP_SYS_RESOURCE. */
export async function growExt4(fd: number, blocks: bigint): Promise<void> {
  const argument = Buffer.alloc(8);
  argument.writeBigUInt64LE(checkUnsigned64(blocks, 'a number of blocks'), 0);
  await ioctlMemorySleeping('EXT4_IOC_RESIZE_FS', fd, EXT4_IOC_RESIZE_FS, argument, argument.byteLength);
}

/** What growing an xfs needs to know of it: size of a block, blocks of the data section, and the share of inodes, which growing sets too. */
export interface XfsGeometry {
  readonly blockBytes: bigint;
  readonly dataBlocks: bigint;
  readonly inodePercent: number;
}

export function readXfsGeometry(fd: number): XfsGeometry {
  const geometry = Buffer.alloc(112);
  call('XFS_IOC_FSGEOMETRY', () => ioctlMemory(fd, XFS_IOC_FSGEOMETRY_V1, geometry, geometry.byteLength));
  return {
    blockBytes: BigInt(geometry.readUInt32LE(0)),
    inodePercent: geometry.readUInt32LE(28),
    dataBlocks: geometry.readBigUInt64LE(32),
  };
}

/** Grows the data section of a mounted xfs to a number of its blocks. */
export async function growXfs(fd: number, blocks: bigint, inodePercent: number): Promise<void> {
  const argument = Buffer.alloc(16);
  argument.writeBigUInt64LE(checkUnsigned64(blocks, 'a number of blocks'), 0);
  argument.writeUInt32LE(inodePercent, 8);
  await ioctlMemorySleeping('XFS_IOC_FSGROWFSDATA', fd, XFS_IOC_FSGROWFSDATA, argument, argument.byteLength);
}

/**
 * Gives the first device of a mounted btrfs another size: all that the device has, or so many bytes, for which what lies behind is moved. EINVAL
 * below 256 MiB, ENOSPC where the files do not fit.
 */
export async function resizeBtrfs(fd: number, size: bigint | 'max'): Promise<void> {
  const argument = Buffer.alloc(4096); // struct btrfs_ioctl_vol_args: s64 fd, char name[4088]
  argument.write(size === 'max' ? size : String(checkUnsigned64(size, 'a size')), 8, 'latin1');
  await ioctlMemorySleeping('BTRFS_IOC_RESIZE', fd, BTRFS_IOC_RESIZE, argument, argument.byteLength);
}

/** FITRIM over the whole file system; the number of bytes given back. EOPNOTSUPP: the device cannot. */
export async function trimFileSystem(fd: number): Promise<bigint> {
  const range = Buffer.alloc(24); // struct fstrim_range: u64 start, len, minlen
  range.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 8);
  await ioctlMemorySleeping('FITRIM', fd, FITRIM, range, range.byteLength);
  return range.readBigUInt64LE(8);
}
