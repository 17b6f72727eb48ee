/**
 * Whether a loop device still is what it was when it was last read, in those things that no event announces: flags, offset, limit,
 * reference, block size, and the name of the file, which follows renames (LOOP.md §1.5). Size, attaching, detaching and
 * partitions are announced and not asked for again. This is what makes a fresh list of a thousand devices cheap.
 */
import { constants as fileConstants, readFileSync } from 'node:fs';
import { BLKSSZGET } from './block-device.ts';
import { AT_FDCWD, call, close, ioctlMemory, openat, readFromStart } from './ffi.ts';
import { checkLoopNumber } from './loop-control.ts';
import { loopRequests } from './loop-device.ts';
import { LOOP_INFO64_BYTES, encodeLoopInfo64, emptyStatus64 } from './loop-structures.ts';

/** What a device was when it was read. Sizes and offsets in bytes; flags are lo_flags. */
export interface RememberedDevice {
  readonly number: number;
  readonly flags: { readonly readOnly: boolean; readonly autoclear: boolean; readonly partitionScan: boolean; readonly directIo: boolean };
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
  readonly logicalBlockSizeBytes: number;
  /** Null when the kernel could not say it; such a device is never as remembered. */
  readonly backingFile: Uint8Array | null;
  /** Null: read without root. */
  readonly identity: { readonly device: bigint; readonly inode: bigint; readonly rdevice: bigint; readonly reference: Uint8Array } | null;
}

interface Expected {
  /** `loop7`: its node below /dev and its folder below /sys/devices/virtual/block. */
  readonly nodeName: string;
  /** struct loop_info64; null without root. */
  readonly status: Uint8Array | null;
  readonly blockSizeBytes: number;
  /** Attributes below /sys/devices/virtual/block/loopN with the text they had; used without root. */
  readonly attributes: readonly (readonly [path: string, text: string])[];
  /** `backing_file` with its newline. */
  readonly name: Uint8Array | null;
  /** Kept open on `backing_file`, -1 for none. No descriptor of the device: it hinders nobody (LOOP.md §2.1). */
  nameFd: number;
}

/** Opening costs more than reading; but a small number of devices needs no descriptors kept for it. */
const KEEP_FROM_DEVICES = 100;
/** Descriptors left for everything else. */
const SPARE_DESCRIPTORS = 512;
const O_CLOEXEC = 0o2_000_000;
const OPEN_FLAGS = O_CLOEXEC | fileConstants.O_RDONLY | fileConstants.O_NONBLOCK | fileConstants.O_NOFOLLOW;

const status = Buffer.allocUnsafeSlow(LOOP_INFO64_BYTES);
const blockSize = Buffer.allocUnsafeSlow(4);
const page = Buffer.allocUnsafeSlow(4096);

/** Without the symbolic link that /sys/block has for each device. */
const DEVICES = '/sys/devices/virtual/block';
/** O_PATH | O_DIRECTORY | O_CLOEXEC. */
const OPEN_FOLDER = 0o12_000_000 | fileConstants.O_DIRECTORY;

/** Soft limit of descriptors, from /proc/self/limits. */
function descriptorLimit(): number {
  const limit = /^Max open files +(\d+|unlimited)/mu.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return limit === undefined ? 0 : Number(limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : limit);
}

export class LoopRecheck {
  readonly #remembered = new Map<number, RememberedDevice>();
  /** Made from what is remembered when it is first compared: most devices that come and go never are. */
  readonly #expected = new Map<number, Expected>();
  readonly #keepable = descriptorLimit() - SPARE_DESCRIPTORS;
  #kept = 0;
  /** /dev and /sys/devices/virtual/block, kept open because walking the path costs as much as the question. */
  readonly #nodeFolder = call('open /dev', () => openat(AT_FDCWD, '/dev', OPEN_FOLDER));
  readonly #deviceFolder = call(`open ${DEVICES}`, () => openat(AT_FDCWD, DEVICES, OPEN_FOLDER));

  /** Takes note of a device that was just read. */
  remember(device: RememberedDevice): void {
    this.forget(device.number);
    this.#remembered.set(device.number, device);
  }

  forget(number: number): void {
    this.#remembered.delete(number);
    const expected = this.#expected.get(number);
    if (expected === undefined) return;
    this.#closeName(expected);
    this.#expected.delete(number);
  }

  /** Closes everything; not to be used after it. */
  close(): void {
    for (const expected of this.#expected.values()) this.#closeName(expected);
    this.#expected.clear();
    this.#remembered.clear();
    close(this.#nodeFolder);
    close(this.#deviceFolder);
  }

  /**
   * Those of these devices that are not certainly what they were, in their order: they have to be read. Never throws for what the
   * kernel answers. All states come before all names, because going to and fro between the two costs the processor's caches a third more.
   */
  doubtful(numbers: readonly number[]): readonly number[] {
    const expectations = numbers.map((number) => this.#expected.get(number) ?? this.#expect(number));
    const same = expectations.map((expected) => expected !== null && this.#sameState(expected));
    return numbers.filter((_number, index) => {
      const expected = expectations[index] ?? null;
      return expected === null || same[index] !== true || !this.#sameName(expected);
    });
  }

  #sameState(expected: Expected): boolean {
    return expected.status === null
      ? sameAttributes(this.#deviceFolder, expected)
      : sameStatus(this.#nodeFolder, expected, expected.status);
  }

  #expect(number: number): Expected | null {
    const device = this.#remembered.get(number);
    if (device === undefined) return null;
    const expected = {
      nodeName: `loop${checkLoopNumber(number)}`,
      status: device.identity === null ? null : expectedStatus(device, device.identity),
      blockSizeBytes: device.logicalBlockSizeBytes,
      attributes: device.identity === null ? expectedAttributes(device) : [],
      name: device.backingFile === null ? null : Buffer.concat([device.backingFile, Buffer.from('\n')]),
      nameFd: -1,
    };
    this.#expected.set(number, expected);
    return expected;
  }

  #sameName(expected: Expected): boolean {
    if (expected.name === null) return false;
    if (expected.nameFd !== -1) {
      if (readsAs(expected.nameFd, expected.name)) return true;
      // Of an attachment before this one, perhaps.
      this.#closeName(expected);
      return false;
    }
    const fd = openat(this.#deviceFolder, `${expected.nodeName}/loop/backing_file`, O_CLOEXEC);
    if (fd < 0) return false;
    const same = readsAs(fd, expected.name);
    if (same && this.#expected.size >= KEEP_FROM_DEVICES && this.#kept < this.#keepable) {
      expected.nameFd = fd;
      this.#kept += 1;
    } else {
      close(fd);
    }
    return same;
  }

  #closeName(expected: Expected): void {
    if (expected.nameFd === -1) return;
    close(expected.nameFd);
    expected.nameFd = -1;
    this.#kept -= 1;
  }
}

function expectedStatus(device: RememberedDevice, identity: NonNullable<RememberedDevice['identity']>): Uint8Array {
  const { readOnly, autoclear, partitionScan, directIo } = device.flags;
  return encodeLoopInfo64({
    ...emptyStatus64,
    device: identity.device,
    inode: identity.inode,
    rdevice: identity.rdevice,
    offsetBytes: device.offsetBytes,
    sizeLimitBytes: device.sizeLimitBytes,
    number: device.number,
    flags: (readOnly ? 1 : 0) | (autoclear ? 4 : 0) | (partitionScan ? 8 : 0) | (directIo ? 16 : 0),
    fileName: identity.reference,
  });
}

function expectedAttributes(device: RememberedDevice): Expected['attributes'] {
  const flag = (on: boolean): string => (on ? '1\n' : '0\n');
  return [
    ['loop/autoclear', flag(device.flags.autoclear)],
    ['loop/dio', flag(device.flags.directIo)],
    ['loop/offset', `${device.offsetBytes}\n`],
    ['loop/sizelimit', `${device.sizeLimitBytes}\n`],
    ['queue/logical_block_size', `${device.logicalBlockSizeBytes}\n`],
  ];
}

function sameStatus(nodes: number, { nodeName, blockSizeBytes }: Expected, expectedBytes: Uint8Array): boolean {
  const fd = openat(nodes, nodeName, OPEN_FLAGS);
  if (fd < 0) return false;
  const answered =
    ioctlMemory(fd, loopRequests.LOOP_GET_STATUS64, status, LOOP_INFO64_BYTES) >= 0 && ioctlMemory(fd, BLKSSZGET, blockSize, 4) >= 0;
  close(fd);
  return answered && blockSize.readInt32LE(0) === blockSizeBytes && status.equals(expectedBytes);
}

function sameAttributes(folders: number, { nodeName, attributes }: Expected): boolean {
  const folder = openat(folders, nodeName, OPEN_FOLDER);
  if (folder < 0) return false;
  const same = attributes.every(([path, text]) => {
    const fd = openat(folder, path, O_CLOEXEC);
    if (fd < 0) return false;
    const length = readFromStart(fd, page, 64);
    close(fd);
    return length === text.length && page.toString('latin1', 0, length) === text;
  });
  close(folder);
  return same;
}

/** True when the file reads as these bytes and no more; not when it fails: detached since, or a name that became too long. */
function readsAs(fd: number, expected: Uint8Array): boolean {
  const length = readFromStart(fd, page, page.byteLength);
  return length === expected.byteLength && page.compare(expected, 0, length, 0, length) === 0;
}
