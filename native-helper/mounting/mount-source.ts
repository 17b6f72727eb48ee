/** The device that is mounted: opened, and compared with what the request and the kernel say of it. Runs as root. */
import { constants, fstatSync } from 'node:fs';
import { getSizeBytes, isReadOnly } from '../linux/block-device.ts';
import { majorOf, minorOf } from '../linux/device-numbers.ts';
import { AT_FDCWD, call, openat } from '../linux/ffi.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { readPartition } from '../linux/sysfs.ts';
import { HelperError } from '../protocol/errors.ts';

/** What fsconfig gets as `source`, as umount(8), lsblk and df know it. */
export function sourcePath(device: number, partition: number | null): string {
  return partition === null ? `/dev/loop${device}` : `/dev/loop${device}p${partition}`;
}

/** A checked source. While its descriptor is open, the number cannot become another device. */
export interface MountSource {
  readonly path: string;
  readonly fd: number;
  /** As `7:3` or `259:1`. */
  readonly deviceNumber: string;
  readonly sizeBytes: bigint;
  readonly readOnly: boolean;
}

/**
 * Opens what is to be mounted. `deviceFd` is the open loop device, whose diskseq was compared. Errors: NO_SUCH_PARTITION,
 * PARTITION_INVALID. The caller closes `fd`, which is `deviceFd` itself for a whole device.
 */
export function openSource(device: number, partition: number | null, deviceFd: number): MountSource {
  const path = sourcePath(device, partition);
  if (partition === null) {
    return { path, fd: deviceFd, deviceNumber: `7:${device}`, sizeBytes: getSizeBytes(deviceFd), readOnly: isReadOnly(deviceFd) };
  }
  const known = readPartition(device, partition);
  if (known === null) throw new HelperError('NO_SUCH_PARTITION');
  // A table can say that a partition begins at the table itself, or lies behind the end (util-linux 2.42, CWE-190).
  if (known.startBytes === 0n || known.startBytes + known.sizeBytes > getSizeBytes(deviceFd)) throw new HelperError('PARTITION_INVALID');
  const fd = openNode(path, known.deviceNumber);
  return { path, fd, deviceNumber: known.deviceNumber, sizeBytes: known.sizeBytes, readOnly: known.readOnly || isReadOnly(fd) };
}

const O_CLOEXEC = 0o2_000_000; // not named by node:fs

/** The node must be the very device sysfs names. */
function openNode(path: string, deviceNumber: string): number {
  const fd = call(`open ${path}`, () =>
    openat(AT_FDCWD, path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC),
  );
  const facts = fstatSync(fd, { bigint: true });
  if (facts.isBlockDevice() && `${majorOf(facts.rdev)}:${minorOf(facts.rdev)}` === deviceNumber) return fd;
  closeDescriptor(fd);
  throw new HelperError('NO_SUCH_PARTITION');
}
