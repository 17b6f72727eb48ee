/** A small disk that is nobody's: a look at it goes through everything that a look at a real one does. Main process. */
import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const SECTOR = 512;
const SECTORS = 512;
const FIRST_USABLE = 34;
const LAST_USABLE = SECTORS - 34;
const ENTRIES = 128;
const ENTRY_BYTES = 128;
const PARTITION_SECTOR = 64;

/** 256 KiB: a GPT with both copies (UEFI specification 2.10, 5.3) and one partition, in which is a superblock of ext2 and nothing more. */
export function sampleImage(): Buffer {
  const image = Buffer.alloc(SECTORS * SECTOR);
  const entries = Buffer.alloc(ENTRIES * ENTRY_BYTES);
  entries.fill(1, 0, 32);
  entries.writeBigUInt64LE(BigInt(PARTITION_SECTOR), 32);
  entries.writeBigUInt64LE(BigInt(LAST_USABLE), 40);
  writeCopy(image, entries, { own: 1, other: SECTORS - 1, entriesAt: 2 });
  writeCopy(image, entries, { own: SECTORS - 1, other: 1, entriesAt: SECTORS - 33 });
  writeSuperblock(image.subarray(PARTITION_SECTOR * SECTOR + 1024));
  return image;
}

interface Places {
  readonly own: number;
  readonly other: number;
  readonly entriesAt: number;
}

function writeCopy(image: Buffer, entries: Buffer, { own, other, entriesAt }: Places): void {
  const header = Buffer.alloc(92);
  header.write('EFI PART', 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(header.length, 12);
  [own, other, FIRST_USABLE, LAST_USABLE].forEach((sector, index) => header.writeBigUInt64LE(BigInt(sector), 24 + index * 8));
  header.writeBigUInt64LE(BigInt(entriesAt), 72);
  header.writeUInt32LE(ENTRIES, 80);
  header.writeUInt32LE(ENTRY_BYTES, 84);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(crc32(header), 16);
  header.copy(image, own * SECTOR);
  entries.copy(image, entriesAt * SECTOR);
}

/** Linux fs/ext2/ext2.h: blocks, free blocks, magic number, clean. */
function writeSuperblock(superblock: Buffer): void {
  superblock.writeUInt32LE(100, 4);
  superblock.writeUInt32LE(60, 12);
  superblock.writeUInt16LE(0xef53, 56);
  superblock.writeUInt16LE(1, 58);
}

/** The sample as a file without a name. The caller closes it. Throws what the folder for temporary files refuses. */
export async function openSample(): Promise<FileHandle> {
  const path = join(tmpdir(), `platter-sample-${randomUUID()}`);
  const handle = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    await handle.writeFile(sampleImage());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
