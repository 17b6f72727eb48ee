/** How large what was opened is: regular file or block device. Main process and command line. */
import type { BigIntStats } from 'node:fs';
import { blockDeviceBytes, STAT_BLOCK_BYTES } from '../describe-image.ts';

export interface OpenedSize {
  readonly sizeBytes: bigint;
  /** What has to be read of it; all of a device. */
  readonly allocatedBytes: bigint;
}

export async function sizeOfOpened(path: Buffer, facts: BigIntStats): Promise<OpenedSize> {
  if (facts.isBlockDevice()) {
    const sizeBytes = await blockDeviceBytes(path);
    return { sizeBytes, allocatedBytes: sizeBytes };
  }
  const allocated = facts.blocks * STAT_BLOCK_BYTES;
  return { sizeBytes: facts.size, allocatedBytes: allocated < facts.size ? allocated : facts.size };
}
