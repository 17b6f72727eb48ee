/** LOOP_GET_STATUS64 of a device whose file lies on a file system that may not answer (linux/slow-files.ts). Runs as root. */
import { openLoopDevice } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { loopGetStatus64Sleeping } from '../linux/loop-device.ts';
import type { LoopStatus64 } from '../linux/loop-structures.ts';
import { askSlowly } from '../linux/slow-files.ts';
import { SyscallError } from '../linux/syscall-error.ts';
import { HelperError } from '../protocol/errors.ts';

/** Null: nothing is attached, or that file system tells root nothing. Errors: IMAGE_NOT_ANSWERING. */
export async function askStatus(number: number): Promise<LoopStatus64 | null> {
  const answer = await askSlowly(() => readStatus(number));
  if (answer.kind === 'late') throw new HelperError('IMAGE_NOT_ANSWERING');
  return answer.result;
}

/** With a descriptor of its own, so that the question may outlast whoever asks. */
async function readStatus(number: number): Promise<LoopStatus64 | null> {
  try {
    const fd = openLoopDevice(number, 'read');
    try {
      return await loopGetStatus64Sleeping(fd);
    } finally {
      closeDescriptor(fd);
    }
  } catch (error) {
    if (error instanceof SyscallError) return null;
    throw error;
  }
}
