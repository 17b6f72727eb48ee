/** XFS: the superblock, the high byte first (Linux fs/xfs/libxfs/xfs_format.h), and the end of its log. Image worker. */
import type { ImageBytes } from './image-bytes.ts';
import type { Space } from './space-finding.ts';

const NEEDS_REPAIR = 0x10;
const RECORD_MAGIC = 0xfeed_babe;
const BASIC_BLOCK_BYTES = 512n;
/** A record is at most 256 KiB with its header. */
const LONGEST_RECORD_BLOCKS = 513n + 8n;
const UNMOUNT = 0x20;

export function readXfs(part: ImageBytes): Space | null {
  const block = part.read(0, 512);
  if (block === null) return null;
  const blockBytes = block.readUInt32BE(4);
  const isVersion5 = (block.readUInt16BE(100) & 0xf) === 5;
  const needsRepair = isVersion5 && (block.readUInt32BE(216) & NEEDS_REPAIR) !== 0;
  return {
    totalBytes: block.readBigUInt64BE(8) * BigInt(blockBytes),
    freeBytes: block.readBigUInt64BE(144) * BigInt(blockBytes),
    blockBytes,
    state: needsRepair ? 'errors' : readLogState(part, block, blockBytes),
  };
}

/** Clean where the log's last record says that the file system was unmounted (xfs_log_recover.c, xlog_find_tail). */
function readLogState(part: ImageBytes, block: Buffer, blockBytes: number): Space['state'] {
  const log = findLog(block, blockBytes);
  if (log === null) return 'unknown';
  const { start, blocks } = log;
  const at = (index: bigint): bigint => start + index * BASIC_BLOCK_BYTES;
  const cycleOf = (index: bigint): number | null => {
    const bytes = part.read(at(index), 8);
    return bytes === null ? null : bytes.readUInt32BE(0) === RECORD_MAGIC ? bytes.readUInt32BE(4) : bytes.readUInt32BE(0);
  };
  const head = findHead(blocks, cycleOf);
  if (head === null) return 'unknown';
  for (let back = 1n; back <= LONGEST_RECORD_BLOCKS && back <= blocks; back += 1n) {
    const header = part.read(at((head - back + blocks) % blocks), 512);
    if (header === null) return 'unknown';
    if (header.readUInt32BE(0) !== RECORD_MAGIC) continue;
    return readRecord(part, header, at((head - back + blocks + headerBlocks(header)) % blocks));
  }
  return 'unknown';
}

/** Inside the file system: a log on another device cannot be seen from here. */
function findLog(block: Buffer, blockBytes: number): { readonly start: bigint; readonly blocks: bigint } | null {
  const first = block.readBigUInt64BE(48);
  const groupBlocks = BigInt(block.readUInt32BE(84));
  const groupBits = BigInt(block[124] ?? 0);
  if (first === 0n || groupBits > 31n || blockBytes < 512 || blockBytes > 65_536) return null;
  // A block number holds the allocation group above `groupBits`.
  const linear = (first >> groupBits) * groupBlocks + (first & ((1n << groupBits) - 1n));
  return { start: linear * BigInt(blockBytes), blocks: BigInt(block.readUInt32BE(96)) * (BigInt(blockBytes) / BASIC_BLOCK_BYTES) };
}

/** The log is written round and round; each block carries the number of the round: where it falls is the end of what was written. */
function findHead(blocks: bigint, cycleOf: (index: bigint) => number | null): bigint | null {
  const first = blocks === 0n ? null : cycleOf(0n);
  if (first === null) return null;
  let [low, high] = [0n, blocks];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    const cycle = cycleOf(middle);
    if (cycle === null) return null;
    if (cycle === first) low = middle;
    else high = middle;
  }
  return high % blocks;
}

/** Headers of version 2 take a block for each 32 KiB of the buffers they were written from (h_size at 328). */
function headerBlocks(header: Buffer): bigint {
  const bufferBytes = header.readUInt32BE(8) === 2 ? header.readUInt32BE(328) : 0;
  return BigInt(Math.max(1, Math.ceil(Math.min(bufferBytes, 256 * 1024) / 32_768)));
}

/** A single operation (h_num_logops at 40) with the flag for unmounting (oh_flags at 9). */
function readRecord(part: ImageBytes, header: Buffer, operationAt: bigint): Space['state'] {
  const operation = part.read(operationAt, 12);
  if (operation === null) return 'unknown';
  return header.readUInt32BE(40) === 1 && ((operation[9] ?? 0) & UNMOUNT) !== 0 ? 'clean' : 'unclean';
}
