/**
 * loop_info64, loop_config and loop_info byte by byte (linux/loop.h; offsets in LOOP.md §1.1). Pure: no system calls.
 * Both 64-bit architectures are little-endian; only the old loop_info differs between them.
 */
import { checkInt, checkUnsigned, checkUnsigned64, sizeOfStructure } from './ffi.ts';

/** struct loop_info64; the same on every 64-bit target. */
export const LOOP_INFO64_BYTES = 232;
/** struct loop_config. */
export const LOOP_CONFIG_BYTES = 304;
/** lo_file_name is 64 bytes of which the kernel forces the last to 0. */
export const REFERENCE_BYTES = 64;

/** Architectures whose layout is known; Node's names of them. */
export type Architecture = 'x64' | 'arm64';

/** struct loop_info64. Sizes and offsets in bytes. Byte arrays are whole: 64, 64 and 32 bytes, with what follows a NUL. */
export interface LoopStatus64 {
  /** st_dev of the file system that holds the backing file (huge_encode_dev). Ignored when set, as the next two are. */
  readonly device: bigint;
  readonly inode: bigint;
  readonly rdevice: bigint;
  readonly offsetBytes: bigint;
  /** 0: up to the end of the file. */
  readonly sizeLimitBytes: bigint;
  readonly number: number;
  readonly encryptType: number;
  readonly encryptKeySize: number;
  readonly flags: number;
  /** lo_file_name, the reference. */
  readonly fileName: Uint8Array;
  readonly cryptName: Uint8Array;
  readonly encryptKey: Uint8Array;
  readonly init: readonly [bigint, bigint];
}

/** struct loop_info, the old form: no size limit, offset an int. Setting it resets the size limit to 0 (LOOP.md §1.3). */
export interface LoopStatus {
  readonly number: number;
  readonly device: bigint;
  readonly inode: bigint;
  readonly rdevice: bigint;
  readonly offsetBytes: number;
  readonly encryptType: number;
  readonly encryptKeySize: number;
  readonly flags: number;
  readonly name: Uint8Array;
  readonly encryptKey: Uint8Array;
  readonly init: readonly [bigint, bigint];
  readonly reserved: Uint8Array;
}

function view(bytes: Uint8Array, length: number): DataView {
  if (bytes.byteLength !== length) throw new RangeError(`a structure of ${length} bytes has ${bytes.byteLength}`);
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

/** A copy, so that the result outlives a reused buffer. */
function copy(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(bytes.subarray(offset, offset + length));
}

function put(target: Uint8Array, offset: number, room: number, value: Uint8Array, what: string): void {
  if (value.byteLength > room) throw new RangeError(`${what} is longer than ${room} bytes`);
  target.set(value, offset);
}

/** Reads a loop_info64. Throws RangeError unless it has exactly 232 bytes. */
export function decodeLoopInfo64(bytes: Uint8Array): LoopStatus64 {
  const data = view(bytes, LOOP_INFO64_BYTES);
  return {
    device: data.getBigUint64(0, true),
    inode: data.getBigUint64(8, true),
    rdevice: data.getBigUint64(16, true),
    offsetBytes: data.getBigUint64(24, true),
    sizeLimitBytes: data.getBigUint64(32, true),
    number: data.getUint32(40, true),
    encryptType: data.getUint32(44, true),
    encryptKeySize: data.getUint32(48, true),
    flags: data.getUint32(52, true),
    fileName: copy(bytes, 56, 64),
    cryptName: copy(bytes, 120, 64),
    encryptKey: copy(bytes, 184, 32),
    init: [data.getBigUint64(216, true), data.getBigUint64(224, true)],
  };
}

/** Writes a loop_info64; shorter byte arrays are filled with zeros. Throws RangeError for what does not fit. */
export function encodeLoopInfo64(status: LoopStatus64): Uint8Array {
  const bytes = new Uint8Array(LOOP_INFO64_BYTES);
  const data = view(bytes, LOOP_INFO64_BYTES);
  data.setBigUint64(0, checkUnsigned64(status.device, 'device'), true);
  data.setBigUint64(8, checkUnsigned64(status.inode, 'inode'), true);
  data.setBigUint64(16, checkUnsigned64(status.rdevice, 'rdevice'), true);
  data.setBigUint64(24, checkUnsigned64(status.offsetBytes, 'offset'), true);
  data.setBigUint64(32, checkUnsigned64(status.sizeLimitBytes, 'size limit'), true);
  data.setUint32(40, checkUnsigned(status.number, 'number'), true);
  data.setUint32(44, checkUnsigned(status.encryptType, 'encrypt type'), true);
  data.setUint32(48, checkUnsigned(status.encryptKeySize, 'encrypt key size'), true);
  data.setUint32(52, checkUnsigned(status.flags, 'flags'), true);
  put(bytes, 56, 64, status.fileName, 'file name');
  put(bytes, 120, 64, status.cryptName, 'crypt name');
  put(bytes, 184, 32, status.encryptKey, 'encrypt key');
  data.setBigUint64(216, checkUnsigned64(status.init[0], 'init'), true);
  data.setBigUint64(224, checkUnsigned64(status.init[1], 'init'), true);
  return bytes;
}

/** What LOOP_CONFIGURE is told; the reserved words are zero. */
export interface LoopConfig {
  readonly backingFd: number;
  /** 0: the kernel's choice. */
  readonly logicalBlockSizeBytes: number;
  readonly flags: number;
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
  /** lo_file_name, at most 64 bytes; the kernel keeps 63. */
  readonly reference: Uint8Array;
}

/** A status with nothing set: the start of what is given to LOOP_SET_STATUS64 or LOOP_CONFIGURE. */
export const emptyStatus64: LoopStatus64 = {
  device: 0n,
  inode: 0n,
  rdevice: 0n,
  offsetBytes: 0n,
  sizeLimitBytes: 0n,
  number: 0,
  encryptType: 0,
  encryptKeySize: 0,
  flags: 0,
  fileName: new Uint8Array(0),
  cryptName: new Uint8Array(0),
  encryptKey: new Uint8Array(0),
  init: [0n, 0n],
};

/** Writes a loop_config. A backing descriptor of 2^32 - 1 is -1, which probes use. Throws RangeError for what does not fit. */
export function encodeLoopConfig(config: LoopConfig): Uint8Array {
  const bytes = new Uint8Array(LOOP_CONFIG_BYTES);
  const data = view(bytes, LOOP_CONFIG_BYTES);
  data.setUint32(0, checkUnsigned(config.backingFd, 'backing descriptor'), true);
  data.setUint32(4, checkUnsigned(config.logicalBlockSizeBytes, 'logical block size'), true);
  const { flags, offsetBytes, sizeLimitBytes, reference: fileName } = config;
  bytes.set(encodeLoopInfo64({ ...emptyStatus64, flags, offsetBytes, sizeLimitBytes, fileName }), 8);
  return bytes;
}

/** Bytes before the first NUL, as the reference is shown. */
export function cutAtNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

interface OldLayout {
  readonly bytes: number;
  readonly device: number;
  /** Width of lo_device and lo_rdevice: the kernel's old dev_t. */
  readonly deviceBytes: 4 | 8;
  readonly inode: number;
  readonly rdevice: number;
  /** Offset of lo_offset; encrypt type, key size and flags follow at 4-byte steps. */
  readonly offset: number;
  readonly name: number;
  readonly encryptKey: number;
  readonly init: number;
  readonly reserved: number;
}

const oldLayouts: Readonly<Record<Architecture, OldLayout>> = {
  x64: { bytes: 168, device: 8, deviceBytes: 8, inode: 16, rdevice: 24, offset: 32, name: 48, encryptKey: 112, init: 144, reserved: 160 },
  arm64: { bytes: 160, device: 4, deviceBytes: 4, inode: 8, rdevice: 16, offset: 20, name: 36, encryptKey: 100, init: 136, reserved: 152 },
};

/** The architecture of this process. Throws on one whose layouts nobody has checked. */
export function thisArchitecture(): Architecture {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
  throw new Error('this architecture is not supported');
}

/** Size of struct loop_info. */
export function loopInfoBytes(architecture: Architecture): number {
  return oldLayouts[architecture].bytes;
}

/** Reads a loop_info. Throws RangeError unless it has exactly the size of that architecture. */
export function decodeLoopInfo(bytes: Uint8Array, architecture: Architecture): LoopStatus {
  const layout = oldLayouts[architecture];
  const data = view(bytes, layout.bytes);
  const device = (at: number): bigint => (layout.deviceBytes === 8 ? data.getBigUint64(at, true) : BigInt(data.getUint32(at, true)));
  return {
    number: data.getInt32(0, true),
    device: device(layout.device),
    inode: data.getBigUint64(layout.inode, true),
    rdevice: device(layout.rdevice),
    offsetBytes: data.getInt32(layout.offset, true),
    encryptType: data.getInt32(layout.offset + 4, true),
    encryptKeySize: data.getInt32(layout.offset + 8, true),
    flags: data.getUint32(layout.offset + 12, true),
    name: copy(bytes, layout.name, 64),
    encryptKey: copy(bytes, layout.encryptKey, 32),
    init: [data.getBigUint64(layout.init, true), data.getBigUint64(layout.init + 8, true)],
    reserved: copy(bytes, layout.reserved, 4),
  };
}

/** Writes a loop_info. Throws RangeError for what does not fit; a negative offset fits and is refused by the kernel. */
export function encodeLoopInfo(status: LoopStatus, architecture: Architecture): Uint8Array {
  const layout = oldLayouts[architecture];
  const bytes = new Uint8Array(layout.bytes);
  const data = view(bytes, layout.bytes);
  const device = (at: number, value: bigint): void => {
    if (layout.deviceBytes === 8) data.setBigUint64(at, checkUnsigned64(value, 'device'), true);
    else data.setUint32(at, Number(checkUnsigned64(value, 'device', 0xffff_ffffn)), true);
  };
  data.setInt32(0, checkInt(status.number, 'number'), true);
  device(layout.device, status.device);
  data.setBigUint64(layout.inode, checkUnsigned64(status.inode, 'inode'), true);
  device(layout.rdevice, status.rdevice);
  data.setInt32(layout.offset, checkInt(status.offsetBytes, 'offset'), true);
  data.setInt32(layout.offset + 4, checkInt(status.encryptType, 'encrypt type'), true);
  data.setInt32(layout.offset + 8, checkInt(status.encryptKeySize, 'encrypt key size'), true);
  data.setUint32(layout.offset + 12, checkUnsigned(status.flags, 'flags'), true);
  put(bytes, layout.name, 64, status.name, 'name');
  put(bytes, layout.encryptKey, 32, status.encryptKey, 'encrypt key');
  data.setBigUint64(layout.init, checkUnsigned64(status.init[0], 'init'), true);
  data.setBigUint64(layout.init + 8, checkUnsigned64(status.init[1], 'init'), true);
  put(bytes, layout.reserved, 4, status.reserved, 'reserved');
  return bytes;
}

const INFO64 = {
  lo_device: 'uint64_t',
  lo_inode: 'uint64_t',
  lo_rdevice: 'uint64_t',
  lo_offset: 'uint64_t',
  lo_sizelimit: 'uint64_t',
  lo_number: 'uint32_t',
  lo_encrypt_type: 'uint32_t',
  lo_encrypt_key_size: 'uint32_t',
  lo_flags: 'uint32_t',
  lo_file_name: 'uint8_t [64]',
  lo_crypt_name: 'uint8_t [64]',
  lo_encrypt_key: 'uint8_t [32]',
  lo_init: 'uint64_t [2]',
} as const;

/** Compares the constants of this file with what the C rules of this machine give. Throws when they differ; main calls it at start. */
export function checkStructureSizes(): void {
  const architecture = thisArchitecture();
  const device = architecture === 'x64' ? 'unsigned long' : 'unsigned int';
  const info = {
    lo_number: 'int',
    lo_device: device,
    lo_inode: 'unsigned long',
    lo_rdevice: device,
    lo_offset: 'int',
    lo_encrypt_type: 'int',
    lo_encrypt_key_size: 'int',
    lo_flags: 'int',
    lo_name: 'char [64]',
    lo_encrypt_key: 'uint8_t [32]',
    lo_init: 'unsigned long [2]',
    reserved: 'char [4]',
  };
  const config = { fd: 'uint32_t', block_size: 'uint32_t', info: `uint64_t [${LOOP_INFO64_BYTES / 8}]`, reserved: 'uint64_t [8]' };
  const checks: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [INFO64, LOOP_INFO64_BYTES],
    [config, LOOP_CONFIG_BYTES],
    [info, loopInfoBytes(architecture)],
  ];
  for (const [members, bytes] of checks) {
    if (sizeOfStructure(members) !== bytes) throw new Error('a structure of loop.h has another size on this machine');
  }
}
