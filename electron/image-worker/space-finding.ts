/** What a reader of a file system's fields finds, and its form for the reply. Image worker. */
import type { SpaceFinding } from './findings.ts';

export interface Space {
  readonly totalBytes: bigint | null;
  readonly freeBytes: bigint | null;
  readonly blockBytes: number | null;
  readonly state: SpaceFinding['state'];
}

/** Above this a number of a spoiled file system is no size. */
const LARGEST_BYTES = 1n << 62n;
const LARGEST_BLOCK_BYTES = 32 * 1024 * 1024;

export function toFinding({ totalBytes, freeBytes, blockBytes, state }: Space): SpaceFinding {
  const total = totalBytes !== null && totalBytes > 0n && totalBytes < LARGEST_BYTES ? totalBytes : null;
  const free = total !== null && freeBytes !== null && freeBytes >= 0n && freeBytes <= total ? freeBytes : null;
  return {
    fileSystemBytes: total?.toString() ?? null,
    freeBytes: free?.toString() ?? null,
    blockBytes: blockBytes !== null && blockBytes > 0 && blockBytes <= LARGEST_BLOCK_BYTES ? blockBytes : null,
    state,
  };
}
