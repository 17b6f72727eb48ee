/**
 * What every kernel test needs: a folder of its own, images in it, devices attached to them, and the certainty that
 * nothing stays attached. Touches only devices it attached itself; others may use loop devices at the same time.
 */
import { execFileSync } from 'node:child_process';
import { constants, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';
import { getDiskseq, loopDeviceExists, openLoopDevice } from '../../native-helper/linux/block-device.ts';
import { closeDescriptor } from '../../native-helper/linux/descriptors.ts';
import { loopControlAdd, loopControlGetFree, loopControlRemove } from '../../native-helper/linux/loop-control.ts';
import { loopClearFd, loopConfigure } from '../../native-helper/linux/loop-device.ts';
import { SyscallError, isErrno } from '../../native-helper/linux/syscall-error.ts';
import { isBound, listLoopNumbers, readBackingFile, readDiskseq } from '../../native-helper/linux/sysfs.ts';

/** Longest wait for anything the kernel does in milliseconds; only reached when something hangs. Longer in an emulated machine. */
const PATIENCE_MS = 20_000 * Number(process.env['PLATTER_SLOWNESS'] ?? 1);

/** Where the images of failed tests are kept; only in machines that are gone afterwards. */
const keptFiles = process.env['PLATTER_KEEP_FILES'];

/** Resolves with the first value of `ask` that is neither false, null nor undefined. Rejects with `what` when it never comes. */
export async function waitFor<Value>(what: string, ask: () => Value | false | null | undefined): Promise<Value> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = ask();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await delay(2);
  }
}

/** Repeats `attempt` while it fails with one of these: other users of the machine's loop devices come in between. */
export async function retryWhile<Value>(names: readonly ('EBUSY' | 'ENXIO' | 'ENOENT')[], attempt: () => Promise<Value>): Promise<Value> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isErrno(error, ...names) || performance.now() > deadline) throw error;
      await delay(Math.random() * 3);
    }
  }
}

/** Name of the errno with which `attempt` fails, or `success`. Other errors are passed on. */
export async function errnoOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'success';
  } catch (error) {
    if (error instanceof SyscallError) return error.errnoName;
    throw error;
  }
}

export interface AttachOptions {
  readonly flags?: number;
  readonly offsetBytes?: bigint;
  readonly sizeLimitBytes?: bigint;
  readonly logicalBlockSizeBytes?: number;
  readonly reference?: string;
  /** Open the file and the device for reading only. */
  readonly readOnly?: boolean;
  /** Take this device; otherwise a free one. */
  readonly number?: number;
}

export interface AttachedDevice {
  readonly number: number;
  readonly diskseq: bigint;
}

/** LOOP_CONFIGURE of an open file on this device, or a free one. */
async function configureSome(backingFd: number, options: AttachOptions): Promise<AttachedDevice> {
  return retryWhile(options.number === undefined ? ['EBUSY', 'ENXIO', 'ENOENT'] : ['ENXIO'], async () => {
    const number = options.number ?? loopControlGetFree();
    const fd = openLoopDevice(number, options.readOnly === true ? 'read' : 'write');
    try {
      await loopConfigure(fd, {
        backingFd,
        logicalBlockSizeBytes: options.logicalBlockSizeBytes ?? 0,
        flags: options.flags ?? 0,
        offsetBytes: options.offsetBytes ?? 0n,
        sizeLimitBytes: options.sizeLimitBytes ?? 0n,
        reference: Buffer.from(options.reference ?? ''),
      });
      return { number, diskseq: getDiskseq(fd) };
    } finally {
      closeDescriptor(fd);
    }
  });
}

/** Detaches loop device N if it still has that diskseq, and waits until the kernel has done it. */
export async function detachDevice({ number, diskseq }: AttachedDevice): Promise<void> {
  if (!loopDeviceExists(number) || !isBound(number) || readDiskseq(number) !== diskseq) return;
  try {
    const fd = openLoopDevice(number, 'read');
    try {
      if (getDiskseq(fd) === diskseq) loopClearFd(fd);
    } finally {
      closeDescriptor(fd);
    }
  } catch (error) {
    if (!isErrno(error, 'ENXIO')) throw error; // on its way already
  }
  await waitFor(`loop${number} to be detached`, () => !isBound(number) || readDiskseq(number) !== diskseq);
}

/** Removes an unbound node. When somebody else's GET_FREE came across it and attached something, it is theirs to keep. */
async function removeNode(number: number): Promise<void> {
  await retryWhile(['EBUSY'], async () => {
    if (isBound(number)) return;
    await loopControlRemove(number);
  });
}

/** A folder, and the devices and device nodes that came from it. */
export class LoopFixture {
  /** Absolute, without symbolic links: the kernel reports names so. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'platter-kernel-')));
  #attached: AttachedDevice[] = [];
  #nodes: number[] = [];
  #descriptors = new Set<number>();

  /** A new sparse file of that many bytes; returns its path. */
  makeImage(name: string | Buffer, bytes: number): Buffer {
    const path = Buffer.concat([Buffer.from(`${this.folder}/`), Buffer.from(name)]);
    writeFileSync(path, '');
    truncateSync(path, bytes);
    return path;
  }

  /** Opens a file or device; closed at the end of the test if the test has not done it with {@link close}. */
  open(path: string | Buffer, flags: number = constants.O_RDWR): number {
    return this.keep(openSync(path, flags));
  }

  /** Opens /dev/loopN like {@link open}. */
  openDevice(number: number, access: 'read' | 'write' = 'write', options: { exclusive?: boolean } = {}): number {
    return this.keep(openLoopDevice(number, access, options));
  }

  /** Takes over a descriptor. */
  keep(fd: number): number {
    this.#descriptors.add(fd);
    return fd;
  }

  /** Somebody else closes it. */
  forget(fd: number): void {
    this.#descriptors.delete(fd);
  }

  /** Closes a descriptor of this fixture now. */
  close(fd: number): void {
    if (this.#descriptors.delete(fd)) closeDescriptor(fd);
  }

  /** Attaches a file by its path. */
  async attach(path: string | Buffer, options: AttachOptions = {}): Promise<AttachedDevice> {
    const backingFd = openSync(path, options.readOnly === true ? constants.O_RDONLY : constants.O_RDWR);
    try {
      return await this.attachDescriptor(backingFd, options);
    } finally {
      closeDescriptor(backingFd);
    }
  }

  /** Attaches an open file; the descriptor stays the caller's. */
  async attachDescriptor(backingFd: number, options: AttachOptions = {}): Promise<AttachedDevice> {
    const device = await configureSome(backingFd, options);
    this.#attached.push(device);
    return device;
  }

  /** Tells of a device that the test attached by itself, so that it gets detached. */
  adopt(number: number): AttachedDevice {
    const device = { number, diskseq: readDiskseq(number) ?? 0n };
    this.#attached.push(device);
    return device;
  }

  /** A loop device of our own, with a number so high that nobody else comes across it while a lower one is free; removed at the end of the test. */
  addNode(): number {
    for (;;) {
      const number = 100_000 + Math.floor(Math.random() * 800_000);
      try {
        this.#nodes.push(loopControlAdd(number));
        return number;
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
      }
    }
  }

  /** Numbers of attached devices whose backing file lies in this fixture's folder: what must be empty at the end. */
  census(): number[] {
    const prefix = Buffer.from(`${this.folder}/`);
    return listLoopNumbers().filter((number) => {
      const file = readBackingFile(number);
      return file.kind === 'bytes' && prefix.equals(file.bytes.subarray(0, prefix.byteLength));
    });
  }

  /** Closes descriptors, detaches devices, removes nodes; for the end of each test. Throws when something stays attached. */
  async release(): Promise<void> {
    for (const fd of this.#descriptors) closeDescriptor(fd);
    this.#descriptors.clear();
    for (const device of this.#attached.splice(0).toReversed()) await detachDevice(device);
    // A device whose diskseq changed meanwhile (LOOP_CHANGE_FD) is still ours when its file is.
    for (const number of this.census()) await detachDevice({ number, diskseq: readDiskseq(number) ?? 0n });
    for (const number of this.#nodes.splice(0)) {
      if (loopDeviceExists(number)) await removeNode(number);
    }
    const left = this.census();
    if (left.length > 0) throw new Error(`still attached: ${left.join(', ')}`);
  }

  /** Copies what lies in the folder, as it is at the moment: for whoever looks into a test that failed elsewhere. */
  keepFiles(target: string): void {
    mkdirSync(target, { recursive: true });
    // Without modes and owners, which the shared folder of a test machine does not take.
    execFileSync('cp', ['-R', '--no-dereference', '--one-file-system', '--sparse=always', '--', `${this.folder}/.`, target]);
  }

  /** Deletes the folder. */
  deleteFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A fixture for the whole test file: everything is released after each test, the folder deleted at the end. */
export function useLoopFixture(): LoopFixture {
  const fixture = new LoopFixture();
  afterEach(async ({ task }) => {
    const isWanted = keptFiles !== undefined && task.result?.state === 'fail';
    if (isWanted) fixture.keepFiles(join(keptFiles, task.name.replaceAll(/[^\w-]+/gu, '_')));
    await fixture.release();
  });
  afterAll(() => fixture.deleteFolder());
  return fixture;
}
