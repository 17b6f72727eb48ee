/** Whether a file the user sees is the one behind a loop device. Main process. */
import type { BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { fromKernelText, toDecimal, toInode } from '../../native-helper/protocol/scalars.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import { withinTime } from '../devices/within-time.ts';

/**
 * True when device and inode agree with what the kernel says of the backing file. Both sides write a device number in
 * the same way: Linux has 12 bits of major and 20 of minor, for which st_dev and lo_device (LOOP.md §1.1) are one.
 * A block device is recognised by its own number, since several nodes may lead to it.
 */
export function isBackingFile(device: LoopDevice, facts: BigIntStats): boolean {
  const { identity } = device;
  if (identity === null) return false;
  if (facts.isBlockDevice()) return identity.rdevice === toDecimal(facts.rdev);
  return identity.device === toDecimal(facts.dev) && identity.inode === toInode(facts.ino);
}

/** The path the kernel gives, or null where it could not say one or the name is gone. */
export function backingPath(device: LoopDevice): Buffer | null {
  if (device.backingFile === null || device.backingFileState === 'deleted') return null;
  return Buffer.from(fromKernelText(device.backingFile));
}

/**
 * The path as the kernel gives it at this moment: nothing announces that a file was renamed (LOOP.md §2.3), so what the
 * list says may be old. Of a deleted file it leads nowhere, or to a file that {@link isBackingFile} tells apart. Null
 * where the kernel cannot say it (too long, detached).
 */
export async function currentBackingPath(device: LoopDevice): Promise<Buffer | null> {
  const line = await readFile(`/sys/block/loop${device.number}/loop/backing_file`).catch(() => null);
  // Raw bytes and exactly one newline, whatever the name holds (LOOP.md §0.14).
  return line?.at(-1) === 0x0a ? line.subarray(0, -1) : null;
}

/**
 * Numbers of the devices that have this file attached. Where only root may know the identity the names are followed
 * instead, as the user. A name behind which nothing answers is not that of a file that does. Throws HelperError IMAGE_NOT_ANSWERING where too many
 * names do not answer to know.
 */
export async function findAttachments(devices: Iterable<LoopDevice>, facts: BigIntStats): Promise<number[]> {
  const numbers: number[] = [];
  for (const device of devices) {
    const attached = device.identity === null ? await leadsTo(backingPath(device), facts) : isBackingFile(device, facts);
    if (attached) numbers.push(device.number);
  }
  return numbers.toSorted((a, b) => a - b);
}

const ANSWER_LIMIT_MS = 1000;
/** Each that does not answer holds one of the four threads that Node has for files. */
const MOST_LATE = 2;
/** Names that were asked and have not answered yet. */
const latePaths = new Set<string>();

async function leadsTo(path: Buffer | null, facts: BigIntStats): Promise<boolean> {
  const found = path === null ? null : await statWithinTime(path);
  if (found === null) return false;
  if (facts.isBlockDevice()) return found.isBlockDevice() && found.rdev === facts.rdev;
  return found.dev === facts.dev && found.ino === facts.ino;
}

/** Null also for a name that does not answer. */
async function statWithinTime(path: Buffer): Promise<BigIntStats | null> {
  const key = path.toString('latin1');
  if (latePaths.has(key)) return null;
  if (latePaths.size >= MOST_LATE) throw new HelperError('IMAGE_NOT_ANSWERING');
  const answer = stat(path, { bigint: true }).catch(() => null);
  const found = await withinTime(answer, ANSWER_LIMIT_MS);
  if (found !== 'late') return found;
  latePaths.add(key);
  void answer.finally(() => latePaths.delete(key));
  return null;
}
