/**
 * Finds a free loop device and binds it, against everybody else who does the same (LOOP.md §0.13): LOOP_CTL_GET_FREE is only a hint, so a device
 * that was taken meanwhile is given up and the next one tried. Runs as root.
 */
import { randomInt } from 'node:crypto';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { loopDeviceExists, openLoopDevice } from '../linux/block-device.ts';
import { closeDescriptor, makeMemoryFile } from '../linux/descriptors.ts';
import { loopControlAdd, loopControlGetFree } from '../linux/loop-control.ts';
import { loopClearFd, loopConfigure } from '../linux/loop-device.ts';
import { isErrno } from '../linux/syscall-error.ts';
import { isBound } from '../linux/sysfs.ts';
import { HelperError } from '../protocol/errors.ts';
import { toHelperError } from './kernel-errors.ts';

/** 41 to 73 were needed in a hot loop of four attachers (LOOP.md §0.13). */
const ATTEMPTS = 100;
/** Longest pause between two attempts, in milliseconds; random, so that two attachers do not stay in step. */
const LONGEST_PAUSE_MS = 1;

/** Tries to bind one open device. Throws SyscallError with EBUSY when it was taken meanwhile. */
export type Bind<Result> = (fd: number, number: number) => Promise<Result>;

/**
 * Runs `bind` on a device nobody has: on `wanted`, or on free ones until it succeeds. The device is closed after it. Errors: NO_FREE_DEVICE,
 * NODE_IN_USE for a wanted one, and what `bind` throws.
 */
export async function bindFreeDevice<Result>(wanted: number | null, access: 'read' | 'write', bind: Bind<Result>): Promise<Result> {
  // Opening a stray node would make the device (LOOP.md §3); a hint is always of one that exists.
  if (wanted !== null && !loopDeviceExists(wanted)) throw new HelperError('NO_SUCH_DEVICE');
  // The kernel would say so too, but no record may be begun for a device that is somebody's.
  if (wanted !== null && isBound(wanted)) throw new HelperError('NODE_IN_USE', { errno: constants.errno.EBUSY });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const number = wanted ?? chooseDevice(attempt);
    const outcome = await tryBind(number, access, bind);
    if (outcome.kind === 'bound') return outcome.result;
    if (wanted !== null) throw new HelperError('NODE_IN_USE', { errno: outcome.errno });
    // Most collisions are over at once; a pause for every one would only make attaching slow.
    if (attempt > 2) await delay(randomInt(0, LONGEST_PAUSE_MS + 1));
  }
  throw new HelperError('NO_FREE_DEVICE');
}

/** After all hints were wrong, a device of our own. */
function chooseDevice(attempt: number): number {
  try {
    return attempt < ATTEMPTS ? loopControlGetFree() : loopControlAdd(null);
  } catch (error) {
    throw toHelperError(error, { ENOSPC: 'NO_FREE_DEVICE', ENOMEM: 'NO_FREE_DEVICE', EEXIST: 'NO_FREE_DEVICE' });
  }
}

type Outcome<Result> = { readonly kind: 'bound'; readonly result: Result } | { readonly kind: 'taken'; readonly errno: number };

async function tryBind<Result>(number: number, access: 'read' | 'write', bind: Bind<Result>): Promise<Outcome<Result>> {
  let fd: number;
  try {
    fd = openLoopDevice(number, access);
  } catch (error) {
    // ENXIO: being detached; ENOENT: removed since the hint.
    if (isErrno(error, 'ENXIO', 'ENOENT', 'ENODEV', 'EBUSY')) return { kind: 'taken', errno: error.errno };
    throw toHelperError(error);
  }
  try {
    return { kind: 'bound', result: await bind(fd, number) };
  } catch (error) {
    if (isErrno(error, 'EBUSY')) return { kind: 'taken', errno: error.errno };
    throw error;
  } finally {
    closeDescriptor(fd);
  }
}

/**
 * After a LOOP_CONFIGURE that the kernel refused: some versions leave the device without uevents until the next one that succeeds
 * (LOOP.md §0.2), so one is made with a file of our own. When somebody else has bound the device meanwhile, he did it for us.
 */
export async function repairUevents(fd: number): Promise<void> {
  const memoryFile = makeMemoryFile(new Uint8Array(4096));
  try {
    await loopConfigure(fd, {
      backingFd: memoryFile,
      logicalBlockSizeBytes: 0,
      flags: 0,
      offsetBytes: 0n,
      sizeLimitBytes: 0n,
      reference: new Uint8Array(0),
    });
    // Ours: a success says that nobody else had it, and while `fd` is open nobody else can get it.
    loopClearFd(fd);
  } catch (error) {
    if (!isErrno(error, 'EBUSY', 'ENXIO')) throw toHelperError(error);
  } finally {
    closeDescriptor(memoryFile);
  }
}
