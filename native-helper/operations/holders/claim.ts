/** Whether a device is claimed by somebody who cannot be seen: asked of the kernel by claiming it for a moment. Runs as root. */
import { openLoopDevice } from '../../linux/block-device.ts';
import { closeDescriptor } from '../../linux/descriptors.ts';
import { isErrno } from '../../linux/syscall-error.ts';
import type { StackNode } from './holder-stack.ts';

/**
 * Only for a device of which nothing else is known to use it: whoever mounts it in that moment is refused. Claiming the whole
 * device also finds claims on its partitions.
 */
export function claimStateOf([root]: readonly StackNode[]): 'yes' | 'no' | 'unknown' {
  const number = root?.loop?.number;
  if (number === undefined) return 'unknown';
  try {
    closeDescriptor(openLoopDevice(number, 'read', { exclusive: true }));
    return 'no';
  } catch (error) {
    if (isErrno(error, 'EBUSY')) return 'yes';
    if (isErrno(error, 'ENXIO', 'ENOENT', 'ENODEV')) return 'no';
    throw error;
  }
}
