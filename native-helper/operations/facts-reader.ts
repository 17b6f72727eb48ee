/**
 * Reads devices for the live list. LOOP_GET_STATUS64 asks the file system of the backing file (LOOP.md §1.3), and where that is another program
 * or another machine it may never answer: one such file would stop this helper, whoever attached it. So what lies there is read from
 * sysfs, and only an operation on the device itself asks, with a time limit. Runs in the helper, as root or not.
 *
 * Known by the name of the file and the mounts of this namespace: a file below a mount that only its owner's namespace has cannot be told.
 */
import { majorOf, minorOf } from '../linux/device-numbers.ts';
import type { RememberedDevice } from '../linux/loop-recheck.ts';
import { readBackingFile } from '../linux/sysfs.ts';
import { trimReference, type DeviceFacts, type IdentityFacts } from './device-facts.ts';
import { readFacts, readPublicFacts } from './device-reader.ts';
import type { MountLine } from './mount-table.ts';
import { askStatus } from './slow-status.ts';

/** File systems that somebody other than this kernel answers for. */
const REMOTE_TYPE = /^(?:fuse|fuseblk|nfs|nfs4|cifs|smb3|smbfs|ceph|9p|afs|virtiofs|vboxsf|lustre|orangefs|coda|gfs2|ocfs2)(?:\.|$)/u;

interface Folder {
  readonly path: Uint8Array;
  readonly deviceNumber: string;
  readonly isRemote: boolean;
}

/** What only LOOP_GET_STATUS64 tells. */
interface Known {
  readonly diskseq: bigint;
  readonly identity: IdentityFacts | null;
  readonly reference: Uint8Array | null;
}

export class FactsReader {
  readonly #mode: 'elevated' | 'view';
  /** All mounts where one of them is remote, otherwise none; the latest first. */
  #folders: readonly Folder[] = [];
  readonly #known = new Map<number, Known>();

  constructor(mode: 'elevated' | 'view') {
    this.#mode = mode;
  }

  /** Takes over what is mounted. */
  setMounts(lines: readonly Pick<MountLine, 'mountPoint' | 'deviceNumber' | 'fileSystemType'>[]): void {
    const folders = lines.map(({ mountPoint, deviceNumber, fileSystemType }) => ({
      path: mountPoint,
      deviceNumber,
      isRemote: REMOTE_TYPE.test(fileSystemType),
    }));
    this.#folders = folders.some(({ isRemote }) => isRemote) ? folders.toReversed() : [];
  }

  /** Never waits for anybody. Identity and reference are those of the last {@link readFully} where they cannot be asked. Null: not attached. */
  read(number: number): DeviceFacts | null {
    if (this.#mode === 'view') return readPublicFacts(number);
    if (this.#folders.length === 0) return readFacts(number);
    const file = readBackingFile(number);
    if (file.kind === 'unbound') return null;
    if (this.remoteDeviceOf(file.kind === 'bytes' ? file.bytes : null) === null) return readFacts(number);
    const facts = readPublicFacts(number);
    const known = this.#known.get(number);
    return facts === null || known?.diskseq !== facts.diskseq ? facts : { ...facts, identity: known.identity, reference: known.reference };
  }

  /**
   * Everything, wherever the file lies: for a device that is being acted on, and that the caller may have open. A file system that has to be
   * asked has its time; rejects with IMAGE_NOT_ANSWERING after it.
   */
  async readFully(number: number, fd: number | null = null): Promise<DeviceFacts | null> {
    if (this.#mode === 'view') return readPublicFacts(number);
    if (!this.isSlow(number)) {
      this.#known.delete(number);
      return readFacts(number, fd);
    }
    const status = await askStatus(number);
    const facts = readPublicFacts(number);
    if (facts === null || status === null) return facts;
    const { device, inode, rdevice, fileName } = status;
    const known = { ...facts, identity: { device, inode, rdevice }, reference: trimReference(fileName) };
    this.#known.set(number, known);
    return known;
  }

  /** Whether somebody else than this kernel answers for the file of a device. */
  isSlow(number: number): boolean {
    if (this.#folders.length === 0) return false;
    const file = readBackingFile(number);
    return file.kind !== 'unbound' && this.remoteDeviceOf(file.kind === 'bytes' ? file.bytes : null) !== null;
  }

  /** Of a file system by its device number; one that is mounted in no namespace of ours counts as the kernel's own. */
  isRemote(device: bigint): boolean {
    if (this.#folders.length === 0) return false;
    const number = `${majorOf(device)}:${minorOf(device)}`;
    return this.#folders.some(({ deviceNumber, isRemote }) => isRemote && deviceNumber === number);
  }

  /** Device number (`0:45`) of the remote file system that a file lies on; null for the kernel's own. A name that cannot be said counts as remote. */
  remoteDeviceOf(file: Uint8Array | null): string | null {
    if (this.#folders.length === 0) return null;
    if (file === null) return '';
    let best: Folder | null = null;
    for (const folder of this.#folders) {
      if ((best === null || folder.path.byteLength > best.path.byteLength) && isBelow(file, folder.path)) best = folder;
    }
    return best?.isRemote === true ? best.deviceNumber : null;
  }

  /** What a recheck compares with: by sysfs alone where the file is remote. */
  toRemembered(facts: DeviceFacts): RememberedDevice {
    const { identity, reference } = facts;
    const isAsked = identity !== null && reference !== null && this.remoteDeviceOf(facts.backingFile) === null;
    return { ...facts, flags: facts, identity: isAsked ? { ...identity, reference } : null };
  }

  /** True when a device whose file nobody was asked about may have the file of this identity: both lie on the same remote file system. */
  mayHave(facts: DeviceFacts | undefined, { device }: IdentityFacts): boolean {
    return facts?.identity === null && this.remoteDeviceOf(facts.backingFile) === `${majorOf(device)}:${minorOf(device)}`;
  }
}

const SLASH = 0x2f;

function isBelow(path: Uint8Array, folder: Uint8Array): boolean {
  const { byteLength } = folder;
  if (byteLength === 1) return true;
  return path[byteLength] === SLASH && Buffer.compare(path.subarray(0, byteLength), folder) === 0;
}
