/**
 * Whether a file is the one behind a loop device. As electron/images/identity.ts, without what makes that one slow to load
 * for commands that only look.
 */
import type { BigIntStats } from 'node:fs';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toInode } from '../../native-helper/protocol/scalars.ts';

/** By device number and inode, a block device by its own number. False where the identity is not known. */
export function isSameFile({ identity }: LoopDevice, facts: BigIntStats): boolean {
  if (identity === null) return false;
  if (facts.isBlockDevice()) return identity.rdevice === String(facts.rdev);
  return identity.device === String(facts.dev) && identity.inode === toInode(facts.ino);
}
