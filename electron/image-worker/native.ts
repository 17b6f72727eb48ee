/**
 * The only file of the image worker that imports koffi: libblkid, and the few calls of libc that the worker needs. Runs with
 * the user's rights in a process of its own. Every call blocks; the worker does one thing at a time.
 */
import koffi from 'koffi';

/** asm-generic and x86-64/arm64 values. */
const PR_SET_NO_NEW_PRIVS = 38;
const RLIMIT_FSIZE = 1;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const EINTR = 4;
const ENXIO = 6;
/** lseek(2): to the next byte that is no hole. */
const SEEK_DATA = 3;

/** An opaque C pointer. */
export type Pointer = object | null;
type Out<T> = [T | null];

const libc = koffi.load('libc.so.6');
const call = {
  prctl: libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)') as (
    option: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ) => number,
  setrlimit: libc.func('int setrlimit(int, void *)') as (resource: number, limits: Buffer) => number,
  alarm: libc.func('unsigned int alarm(unsigned int)') as (seconds: number) => number,
  lseek: libc.func('int64_t lseek(int, int64_t, int)') as (fd: number, offset: bigint, whence: number) => number | bigint,
  recvmsg: libc.func('long recvmsg(int, void *, int)') as (fd: number, header: Buffer, flags: number) => number,
};

export interface Limits {
  /** RLIMIT_DATA: private memory that may be written. */
  readonly memoryBytes: bigint;
}

/**
 * Gives up what the worker does not need, for good: new privileges by execve, writing to files, dumps, and memory beyond the
 * limit. Throws where the kernel refuses.
 */
export function confine({ memoryBytes }: Limits): void {
  check('prctl', call.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  limit(RLIMIT_DATA, memoryBytes);
  limit(RLIMIT_FSIZE, 0n);
  limit(RLIMIT_CORE, 0n);
}

function limit(resource: number, value: bigint): void {
  const limits = Buffer.alloc(16); // struct rlimit: soft and hard
  limits.writeBigUInt64LE(value, 0);
  limits.writeBigUInt64LE(value, 8);
  check('setrlimit', call.setrlimit(resource, limits));
}

function check(name: string, result: number): void {
  if (result !== 0) throw new Error(`${name} failed with errno ${koffi.errno()}`);
}

/** SIGALRM ends this process in so many seconds, wherever it hangs; 0 takes that back. */
export function endIn(seconds: number): void {
  call.alarm(seconds);
}

/** True where the file system says that there is nothing but a hole; false also where it does not say. Moves the file's position. */
export function isHole(fd: number, offset: bigint, size: bigint): boolean {
  const data = call.lseek(fd, offset, SEEK_DATA);
  // Behind the last data there is none.
  return data < 0 ? koffi.errno() === ENXIO : data >= offset + size;
}

const REQUEST_BYTES = 4096;
const data = Buffer.alloc(REQUEST_BYTES);
const vector = Buffer.alloc(16); // struct iovec
const control = Buffer.alloc(24); // struct cmsghdr with room for one descriptor
const header = Buffer.alloc(56); // struct msghdr

export interface Received {
  readonly bytes: Buffer;
  /** Now the caller's; null: none came with these bytes. */
  readonly descriptor: number | null;
}

/** Waits for bytes on a Unix socket, and takes the descriptor that comes with them. Null: the peer has closed its end. */
export function receive(socket: number): Received | null {
  vector.writeBigUInt64LE(koffi.address(data), 0);
  vector.writeBigUInt64LE(BigInt(REQUEST_BYTES), 8);
  header.fill(0);
  header.writeBigUInt64LE(koffi.address(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(koffi.address(control), 32);
  header.writeBigUInt64LE(BigInt(control.length), 40);
  for (;;) {
    const length = call.recvmsg(socket, header, MSG_CMSG_CLOEXEC);
    const errno = length < 0 ? koffi.errno() : 0;
    if (errno === EINTR) continue;
    if (errno !== 0) throw new Error(`recvmsg failed with errno ${errno}`);
    if (length === 0) return null;
    return { bytes: Buffer.from(data.subarray(0, length)), descriptor: readDescriptor() };
  }
}

function readDescriptor(): number | null {
  if (header.readBigUInt64LE(40) < 20n) return null;
  const isRights = control.readInt32LE(8) === SOL_SOCKET && control.readInt32LE(12) === SCM_RIGHTS;
  return isRights ? control.readInt32LE(16) : null;
}

/** libblkid.h, util-linux 2.30 and later; blkid_loff_t is 64 bits wide. */
const libblkid = koffi.load('libblkid.so.1');
export const blkid = {
  newProbe: libblkid.func('void *blkid_new_probe()') as () => Pointer,
  freeProbe: libblkid.func('void blkid_free_probe(void *)') as (probe: Pointer) => void,
  setDevice: libblkid.func('int blkid_probe_set_device(void *, int, int64_t, int64_t)') as (
    probe: Pointer,
    fd: number,
    offset: bigint,
    size: bigint,
  ) => number,
  setSectorSize: libblkid.func('int blkid_probe_set_sectorsize(void *, unsigned int)') as (probe: Pointer, bytes: number) => number,
  enableSuperblocks: libblkid.func('int blkid_probe_enable_superblocks(void *, int)') as (probe: Pointer, enable: number) => number,
  setSuperblockFlags: libblkid.func('int blkid_probe_set_superblocks_flags(void *, int)') as (probe: Pointer, flags: number) => number,
  /** `names` ends with null. */
  filterSuperblocks: libblkid.func('int blkid_probe_filter_superblocks_type(void *, int, const char **)') as (
    probe: Pointer,
    flag: number,
    names: readonly (string | null)[],
  ) => number,
  enablePartitions: libblkid.func('int blkid_probe_enable_partitions(void *, int)') as (probe: Pointer, enable: number) => number,
  safeProbe: libblkid.func('int blkid_do_safeprobe(void *)') as (probe: Pointer) => number,
  lookup: libblkid.func('int blkid_probe_lookup_value(void *, str, _Out_ str *, _Out_ size_t *)') as (
    probe: Pointer,
    name: string,
    value: Out<string>,
    length: Out<number>,
  ) => number,
  getPartitions: libblkid.func('void *blkid_probe_get_partitions(void *)') as (probe: Pointer) => Pointer,
  countPartitions: libblkid.func('int blkid_partlist_numof_partitions(void *)') as (list: Pointer) => number,
  getPartition: libblkid.func('void *blkid_partlist_get_partition(void *, int)') as (list: Pointer, index: number) => Pointer,
  partitionNumber: libblkid.func('int blkid_partition_get_partno(void *)') as (partition: Pointer) => number,
  /** In units of 512 bytes, whatever the sector size. */
  partitionStart: libblkid.func('int64_t blkid_partition_get_start(void *)') as (partition: Pointer) => number | bigint,
  partitionSize: libblkid.func('int64_t blkid_partition_get_size(void *)') as (partition: Pointer) => number | bigint,
  /** Null for tables without GUIDs, such as MBR. */
  partitionTypeText: libblkid.func('str blkid_partition_get_type_string(void *)') as (partition: Pointer) => string | null,
  partitionType: libblkid.func('int blkid_partition_get_type(void *)') as (partition: Pointer) => number,
  partitionName: libblkid.func('str blkid_partition_get_name(void *)') as (partition: Pointer) => string | null,
  partitionUuid: libblkid.func('str blkid_partition_get_uuid(void *)') as (partition: Pointer) => string | null,
  partitionFlags: libblkid.func('uint64_t blkid_partition_get_flags(void *)') as (partition: Pointer) => number | bigint,
  isLogical: libblkid.func('int blkid_partition_is_logical(void *)') as (partition: Pointer) => number,
  /** The table of the whole disk; null where a file system is said to be one (`loop` tables). */
  getTable: libblkid.func('void *blkid_partlist_get_table(void *)') as (list: Pointer) => Pointer,
  tableType: libblkid.func('str blkid_parttable_get_type(void *)') as (table: Pointer) => string | null,
  tableId: libblkid.func('str blkid_parttable_get_id(void *)') as (table: Pointer) => string | null,
  isExtended: libblkid.func('int blkid_partition_is_extended(void *)') as (partition: Pointer) => number,
};
