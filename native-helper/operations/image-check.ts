/**
 * Checks of a descriptor that came with a request (SECURITY.md (c) 5 and 6). Runs as root: whatever the caller sent must be an
 * ordinary file or block device that he could open for reading himself, and is never opened again by any path.
 */
import { HelperError } from '../protocol/errors.ts';

/** What the kernel says of a descriptor. */
export interface DescriptorFacts {
  /** F_GETFL. */
  readonly statusFlags: number;
  readonly type: 'regular' | 'block' | 'other';
  readonly device: bigint;
  readonly inode: bigint;
  readonly rdevice: bigint;
  /** Of a block device: its capacity. */
  readonly sizeBytes: bigint;
  readonly linkCount: bigint;
  readonly fileSystemMagic: bigint;
  /** F_GET_SEALS; null for files that know no seals. */
  readonly seals: number | null;
}

/** A descriptor that may be attached. */
export interface Image {
  readonly type: 'regular' | 'block';
  readonly device: bigint;
  readonly inode: bigint;
  readonly rdevice: bigint;
  readonly sizeBytes: bigint;
  readonly fileSystemMagic: bigint;
  readonly isDeleted: boolean;
  /** Null: the device may be writable. Otherwise why it cannot. */
  readonly readOnlyReason: 'descriptor' | 'sealed' | null;
}

const isArm = process.arch === 'arm64';

/** Flags of open(2) as F_GETFL reports them, include/uapi/asm-generic/fcntl.h and arch/arm64/include/uapi/asm/fcntl.h. */
export const openFlags = {
  accessMode: 0o3,
  readOnly: 0o0,
  writeOnly: 0o1,
  readWrite: 0o2,
  append: 0o2000,
  nonBlock: 0o4000,
  dataSync: 0o1_0000,
  async: 0o2_0000,
  direct: isArm ? 0o20_0000 : 0o4_0000,
  largeFile: isArm ? 0o40_0000 : 0o10_0000,
  directory: isArm ? 0o4_0000 : 0o20_0000,
  noFollow: isArm ? 0o10_0000 : 0o40_0000,
  noAccessTime: 0o100_0000,
  sync: 0o400_0000,
  path: 0o1000_0000,
} as const;

/** Everything else is refused: append changes where writes go, direct would switch on direct I/O unasked, path is no open file. */
const acceptedFlags =
  openFlags.accessMode |
  openFlags.nonBlock |
  openFlags.dataSync |
  openFlags.sync |
  openFlags.largeFile |
  openFlags.noFollow |
  openFlags.noAccessTime;

/** F_SEAL_WRITE and F_SEAL_FUTURE_WRITE, include/uapi/linux/fcntl.h: writes through the device would fail or go around the seal. */
const WRITE_SEALS = 0x8 | 0x10;

/** f_type of file systems whose files are not storage, include/uapi/linux/magic.h. */
const pseudoFileSystems = new Set([
  0x9fa0n, // proc
  0x6265_6572n, // sysfs
  0x27_e0ebn, // cgroup
  0x6367_7270n, // cgroup2
  0x6462_6720n, // debugfs
  0x7472_6163n, // tracefs
  0x7363_6673n, // securityfs
  0xcafe_4a11n, // bpf
  0x1cd1n, // devpts
  0x6e73_6673n, // nsfs
  0x534f_434bn, // sockfs
  0x5049_5045n, // pipefs
  0x5049_4446n, // pidfs
  0x6265_6570n, // configfs
  0xde5e_81e4n, // efivarfs
  0xf97c_ff8cn, // selinuxfs
  0x4341_5d53n, // smackfs
  0x1980_0202n, // mqueue
  0x6165_676cn, // pstore
  0x4249_4e4dn, // binfmt_misc
  0x0765_5821n, // resctrl
  0x0904_1934n, // anonymous inodes
  0x6573_5543n, // fusectl
  0x6c6f_6f70n, // binder
  0x444d_4142n, // dma-buf
  0x5345_434dn, // secretmem
]);

/** Decides about a descriptor; throws HelperError with an IMAGE_* code. The order is that of SECURITY.md (c) 5. */
export function checkImage(facts: DescriptorFacts): Image {
  // An O_PATH descriptor has no file behind it, a directory is caught by its type below.
  if ((facts.statusFlags & ~(acceptedFlags | openFlags.directory)) !== 0) throw new HelperError('IMAGE_DESCRIPTOR_REFUSED');
  const access = facts.statusFlags & openFlags.accessMode;
  if (facts.type === 'other') throw new HelperError('IMAGE_NOT_REGULAR');
  if ((facts.statusFlags & openFlags.directory) !== 0) throw new HelperError('IMAGE_DESCRIPTOR_REFUSED');
  // LOOP_CONFIGURE would take it and let the caller read what he may only write (SECURITY.md §5).
  if (access === openFlags.writeOnly) throw new HelperError('IMAGE_WRITE_ONLY');
  if (access !== openFlags.readOnly && access !== openFlags.readWrite) throw new HelperError('IMAGE_DESCRIPTOR_REFUSED');
  if (pseudoFileSystems.has(BigInt.asUintN(32, facts.fileSystemMagic))) throw new HelperError('IMAGE_PSEUDO_FILE');
  if (facts.sizeBytes < 512n) throw new HelperError('IMAGE_TOO_SMALL', { detail: { limitBytes: '512' } });
  const isSealed = facts.seals !== null && (facts.seals & WRITE_SEALS) !== 0;
  return {
    type: facts.type,
    device: facts.device,
    inode: facts.inode,
    rdevice: facts.rdevice,
    sizeBytes: facts.sizeBytes,
    fileSystemMagic: facts.fileSystemMagic,
    isDeleted: facts.linkCount === 0n,
    readOnlyReason: access === openFlags.readOnly ? 'descriptor' : isSealed ? 'sealed' : null,
  };
}
