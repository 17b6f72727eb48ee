/** A small disk that is nobody's: a look at it goes through everything that a look at a real one does. Main process. */
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { makeHeader } from '../resize/gpt.ts';
import { openNameless } from './nameless-file.ts';

const SECTOR = 512;
const SECTORS = 512;
const FIRST_USABLE = 34n;
const LAST_USABLE = BigInt(SECTORS - 34);
const ENTRIES = 128;
const ENTRY_BYTES = 128;
const PARTITION_SECTOR = 64;

/** 256 KiB: a GPT with both copies (UEFI specification 2.10, 5.3) and one partition, in which is a superblock of ext2 and nothing more. */
export function sampleImage(): Buffer {
  const image = Buffer.alloc(SECTORS * SECTOR);
  const entries = Buffer.alloc(ENTRIES * ENTRY_BYTES);
  entries.fill(1, 0, 32);
  entries.writeBigUInt64LE(BigInt(PARTITION_SECTOR), 32);
  entries.writeBigUInt64LE(LAST_USABLE, 40);
  const last = BigInt(SECTORS - 1);
  const copies = [
    { myLba: 1n, otherLba: last, entriesLba: 2n },
    { myLba: last, otherLba: 1n, entriesLba: last - 32n },
  ];
  for (const copy of copies) {
    makeHeader(commonHeader(), entries, { ...copy, lastUsable: LAST_USABLE }).copy(image, Number(copy.myLba) * SECTOR);
    entries.copy(image, Number(copy.entriesLba) * SECTOR);
  }
  writeSuperblock(image.subarray(PARTITION_SECTOR * SECTOR + 1024));
  return image;
}

/** What both copies of the header have in common. */
function commonHeader(): Buffer {
  const header = Buffer.alloc(92);
  header.write('EFI PART', 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(header.length, 12);
  header.writeBigUInt64LE(FIRST_USABLE, 40);
  header.writeUInt32LE(ENTRIES, 80);
  header.writeUInt32LE(ENTRY_BYTES, 84);
  return header;
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
  const handle = await openNameless(tmpdir());
  try {
    await handle.writeFile(sampleImage());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
