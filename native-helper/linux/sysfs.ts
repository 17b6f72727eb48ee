/**
 * Loop devices as /sys shows them: readable by everybody, without side effects (LOOP.md §2). Values are bytes and numbers
 * as the kernel writes them. One open, read and close per attribute through koffi, relative to a kept descriptor of
 * their folder: half the price of node:fs (LOOP.md §5.2).
 */
import { constants as fileConstants, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { AT_FDCWD, call, close, lastErrno, openat, read } from './ffi.ts';
import { checkLoopNumber } from './loop-control.ts';
import { SyscallError } from './syscall-error.ts';

const O_RDONLY_CLOEXEC = 0o2_000_000;
/** O_PATH and O_CLOEXEC, which Node does not name, the same on both architectures; O_DIRECTORY is not. */
const O_PATH_DIRECTORY = 0o12_000_000 | fileConstants.O_DIRECTORY;

/** sysfs gives at most one page; the name of a backing file nearly fills it. */
const page = Buffer.allocUnsafeSlow(65_536);

/** Where loop devices really are: /sys/block has a symbolic link for each, and following it costs as much as the rest of the way. */
const LOOP_DEVICES = '/sys/devices/virtual/block';

let blockDirectory = -1;

function openBlockDirectory(): number {
  if (blockDirectory === -1) blockDirectory = call(`open ${LOOP_DEVICES}`, () => openat(AT_FDCWD, LOOP_DEVICES, O_PATH_DIRECTORY));
  return blockDirectory;
}

/** Reads into `page`; the number of bytes, or -errno. */
function readRaw(directory: number, path: string): number {
  const fd = openat(directory, path, O_RDONLY_CLOEXEC);
  if (fd < 0) return -lastErrno();
  const length = read(fd, page, page.byteLength);
  const result = length < 0 ? -lastErrno() : length;
  close(fd);
  return result;
}

/** True for what a device or attribute that has gone answers (LOOP.md §2.2). Numbers, since an Error for every unbound device would cost more than the call. */
function isGone(errno: number): boolean {
  return errno === constants.errno.ENOENT || errno === constants.errno.ENODEV || errno === constants.errno.ENXIO;
}

/** Thrown and caught in this file: an attribute went while its device was being read. */
class GoneError extends Error {}

/** The text of an attribute without its newline. Throws GoneError, or SyscallError for all other reasons. */
function readText(directory: number, path: string): string {
  const length = readRaw(directory, path);
  if (length >= 0) return page.toString('latin1', 0, length > 0 && page[length - 1] === 0x0a ? length - 1 : length);
  throw isGone(-length) ? new GoneError() : new SyscallError(`read ${path}`, -length);
}

/**
 * Opens a folder to read attributes relative to it, since sysfs charges for every component of a path, and gives it to
 * `consume`. Null when the folder or anything in it has gone.
 */
function inFolder<Result>(directory: number, path: string, consume: (folder: number) => Result): Result | null {
  const folder = openat(directory, path, O_PATH_DIRECTORY);
  if (folder < 0) {
    const errno = lastErrno();
    if (isGone(errno)) return null;
    throw new SyscallError(`open ${path}`, errno);
  }
  try {
    return consume(folder);
  } catch (error) {
    if (error instanceof GoneError) return null;
    throw error;
  } finally {
    close(folder);
  }
}

const SECTOR_BYTES = 512n;

/** `backing_file`: the name as bytes without the newline; `too-long` above about 4,094 bytes; `unbound` also while detaching. */
export type BackingFile =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'unbound' };

/** Takes exactly one newline off the end: a name may end with more. Pure. */
export function stripNewline(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
}

function readBackingFileAt(directory: number, path: string): BackingFile {
  const length = readRaw(directory, path);
  if (length >= 0) return { kind: 'bytes', bytes: stripNewline(new Uint8Array(page.subarray(0, length))) };
  if (-length === constants.errno.ENAMETOOLONG) return { kind: 'too-long' };
  if (isGone(-length)) return { kind: 'unbound' };
  throw new SyscallError(`read ${path}`, -length);
}

/** Name of the backing file of loop device N: raw bytes, no escaping, maybe ending in ` (deleted)` (LOOP.md §2.2). */
export function readBackingFile(number: number): BackingFile {
  return readBackingFileAt(openBlockDirectory(), `loop${checkLoopNumber(number)}/loop/backing_file`);
}

/** Everything sysfs says of an attached device. Sizes and offsets in bytes. */
export interface LoopAttributes {
  readonly number: number;
  readonly diskseq: bigint;
  readonly sizeBytes: bigint;
  readonly readOnly: boolean;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly offsetBytes: bigint;
  /** 0: up to the end of the file. */
  readonly sizeLimitBytes: bigint;
  readonly logicalBlockSizeBytes: number;
  readonly backingFile: Exclude<BackingFile, { kind: 'unbound' }>;
}

/** `group` is the folder `loop/` of this attachment and goes with it, so reading from it last proves that nothing changed meanwhile. */
function readAttributesAt(number: number, device: number, group: number): LoopAttributes | null {
  const backingFile = readBackingFileAt(group, 'backing_file');
  if (backingFile.kind === 'unbound') return null;
  return {
    number,
    backingFile,
    diskseq: BigInt(readText(device, 'diskseq')),
    sizeBytes: BigInt(readText(device, 'size')) * SECTOR_BYTES,
    readOnly: readText(device, 'ro') !== '0',
    logicalBlockSizeBytes: Number(readText(device, 'queue/logical_block_size')),
    autoclear: readText(group, 'autoclear') !== '0',
    partitionScan: readText(group, 'partscan') !== '0',
    directIo: readText(group, 'dio') !== '0',
    offsetBytes: BigInt(readText(group, 'offset')),
    sizeLimitBytes: BigInt(readText(group, 'sizelimit')),
  };
}

/**
 * The attributes of loop device N, all of one attachment. Null when it is not attached, is being detached, does not
 * exist, or was detached while they were read.
 */
export function readLoopAttributes(number: number): LoopAttributes | null {
  return inFolder(openBlockDirectory(), `loop${checkLoopNumber(number)}`, (device) =>
    inFolder(device, 'loop', (group) => readAttributesAt(number, device, group)),
  );
}

/** True when loop device N is attached; stays true from LOOP_CLR_FD to the last close (LOOP.md §1.4). */
export function isBound(number: number): boolean {
  return inFolder(openBlockDirectory(), `loop${checkLoopNumber(number)}/loop`, () => true) ?? false;
}

/** diskseq of loop device N, attached or not; null when there is no such device. */
export function readDiskseq(number: number): bigint | null {
  return inFolder(openBlockDirectory(), `loop${checkLoopNumber(number)}`, (device) => BigInt(readText(device, 'diskseq')));
}

/** Numbers of all loop devices, attached or not, ascending. */
export function listLoopNumbers(): number[] {
  const numbers: number[] = [];
  for (const name of readdirSync('/sys/block')) {
    const match = /^loop(0|[1-9][0-9]*)$/u.exec(name);
    if (match !== null) numbers.push(Number(match[1]));
  }
  return numbers.toSorted((a, b) => a - b);
}

/**
 * Numbers of the loop devices that have a size, from one read of /proc/partitions: attached ones. Who is not in it can still be
 * attached, to a part of a file that is shorter than a sector; {@link isBound} tells.
 */
export function listSizedLoopNumbers(): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const match of readFileSync('/proc/partitions', 'latin1').matchAll(/ loop(0|[1-9][0-9]*)$/gmu)) numbers.add(Number(match[1]));
  return numbers;
}

/** Partitions of all loop devices from one directory read: device number to partition numbers, ascending. */
export function listPartitionNames(): Map<number, number[]> {
  const partitions = new Map<number, number[]>();
  for (const name of readdirSync('/sys/class/block')) {
    const match = /^loop(0|[1-9][0-9]*)p([1-9][0-9]*)$/u.exec(name);
    if (match === null) continue;
    const device = Number(match[1]);
    const known = partitions.get(device);
    if (known === undefined) partitions.set(device, [Number(match[2])]);
    else known.push(Number(match[2]));
  }
  for (const numbers of partitions.values()) numbers.sort((a, b) => a - b);
  return partitions;
}

/** A partition as sysfs has it, in bytes. */
export interface PartitionAttributes {
  readonly partition: number;
  /** Major and minor as `259:3`. */
  readonly deviceNumber: string;
  readonly startBytes: bigint;
  readonly sizeBytes: bigint;
  readonly readOnly: boolean;
}

/** Partition P of loop device N; null when there is none (any more). */
export function readPartition(number: number, partition: number): PartitionAttributes | null {
  if (!Number.isInteger(partition) || partition < 1 || partition > 65_535) throw new RangeError('a partition number is out of range');
  return inFolder(openBlockDirectory(), `loop${checkLoopNumber(number)}/loop${number}p${partition}`, (folder) => ({
    partition,
    deviceNumber: readText(folder, 'dev'),
    startBytes: BigInt(readText(folder, 'start')) * SECTOR_BYTES,
    sizeBytes: BigInt(readText(folder, 'size')) * SECTOR_BYTES,
    readOnly: readText(folder, 'ro') !== '0',
  }));
}

/** Names of device-mapper and MD devices on loop device N, or on one of its partitions. Empty when it has gone. */
export function listHolders(number: number, partition?: number): string[] {
  const device = `/sys/block/loop${checkLoopNumber(number)}`;
  try {
    return readdirSync(`${device}${partition === undefined ? '' : `/loop${number}p${partition}`}/holders`);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
