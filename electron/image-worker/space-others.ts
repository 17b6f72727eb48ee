/** File systems with a few fields worth reading, all in one block. Image worker. */
import type { ImageBytes } from './image-bytes.ts';
import type { Space } from './space-finding.ts';

/** Made once and never written: full, and always clean. */
function sealed(totalBytes: bigint, blockBytes: number): Space {
  return { totalBytes, freeBytes: 0n, blockBytes, state: 'clean' };
}

/** Linux fs/squashfs/squashfs_fs.h, struct squashfs_super_block. */
export function readSquashfs(part: ImageBytes): Space | null {
  const block = part.read(0, 96);
  return block === null ? null : sealed(block.readBigUInt64LE(40), block.readUInt32LE(12));
}

/** Linux fs/erofs/erofs_fs.h, struct erofs_super_block at 1024. */
export function readErofs(part: ImageBytes): Space | null {
  const block = part.read(1024, 128);
  const bits = block?.[12] ?? 0;
  if (block === null || bits < 9 || bits > 16) return null;
  return sealed(BigInt(block.readUInt32LE(36)) << BigInt(bits), 1 << bits);
}

/** ISO 9660 (ECMA-119 8.4): the primary volume descriptor at 32 KiB; volume space size at 80, logical block size at 128. */
export function readIso(part: ImageBytes): Space | null {
  const block = part.read(32_768, 2048);
  if (block?.toString('latin1', 1, 6) !== 'CD001') return null;
  const blockBytes = block.readUInt16LE(128);
  return sealed(BigInt(block.readUInt32LE(80)) * BigInt(blockBytes), blockBytes);
}

/** Linux include/linux/f2fs_fs.h, struct f2fs_super_block at 1024; what is free is in a checkpoint, which is not looked for. */
export function readF2fs(part: ImageBytes): Space | null {
  const block = part.read(1024, 64);
  const bits = block?.readUInt32LE(16) ?? 0;
  if (block === null || bits < 9 || bits > 16) return null;
  return { totalBytes: block.readBigUInt64LE(36) << BigInt(bits), freeBytes: null, blockBytes: 1 << bits, state: 'unknown' };
}

/** Apple Technical Note TN1150: the volume header at 1024, the high byte first. */
export function readHfsPlus(part: ImageBytes): Space | null {
  const block = part.read(1024, 512);
  if (block === null) return null;
  const attributes = block.readUInt32BE(4);
  const blockBytes = block.readUInt32BE(40);
  const isClean = (attributes & 0x100) !== 0;
  return {
    totalBytes: BigInt(block.readUInt32BE(44)) * BigInt(blockBytes),
    freeBytes: BigInt(block.readUInt32BE(48)) * BigInt(blockBytes),
    blockBytes,
    state: (attributes & 0x800) !== 0 ? 'errors' : isClean ? 'clean' : 'unclean',
  };
}

/** Linux include/linux/swap.h, union swap_header: the last page's number at 1028, the signature at the end of the first page. */
export function readSwap(part: ImageBytes): Space | null {
  const lastPage = part.read(1028, 4)?.readUInt32LE(0);
  const pageBytes = [4096, 8192, 16_384, 65_536].find((bytes) => part.read(bytes - 10, 4)?.toString('latin1') === 'SWAP');
  if (lastPage === undefined || pageBytes === undefined) return null;
  return { totalBytes: (BigInt(lastPage) + 1n) * BigInt(pageBytes), freeBytes: null, blockBytes: pageBytes, state: 'unknown' };
}
