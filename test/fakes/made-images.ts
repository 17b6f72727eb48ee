/** Small images made by hand, for tests that need no tools. */
import { crc32 } from 'node:zlib';

/** A swap area (mkswap(8)): version and size in its header, the label at 1052, the signature at the end of the first page. */
export function swapArea(label = 'My swap'): Buffer {
  const area = Buffer.alloc(64 * 1024);
  area.writeUInt32LE(1, 1024);
  area.writeUInt32LE(15, 1028);
  area.write('0123456789abcdef', 1036, 'latin1');
  area.write(label, 1052, 'utf8');
  area.write('SWAPSPACE2', 4086, 'latin1');
  return area;
}

export interface MadePartition {
  readonly startSector: number;
  readonly sectors: number;
  readonly name?: string;
}

/** Type GUID 0fc63daf-8483-4772-8e79-3d69d8477de4: Linux file system data. */
const LINUX_DATA = Buffer.from('af3dc60f838472478e793d69d8477de4', 'hex');
const ENTRY_BYTES = 128;
const ENTRIES = 128;

/** A GPT with both of its copies and a protective MBR (UEFI specification 5.2.3 and 5.3). */
export function gptImage(partitions: readonly MadePartition[], sectors = 4096, sectorBytes = 512): Buffer {
  const image = Buffer.alloc(sectors * sectorBytes);
  image[450] = 0xee;
  image.writeUInt32LE(1, 454);
  image.writeUInt32LE(sectors - 1, 458);
  image.writeUInt16LE(0xaa55, 510);
  const entries = Buffer.alloc(ENTRIES * ENTRY_BYTES);
  partitions.forEach(({ startSector, sectors: length, name = '' }, index) => {
    const at = index * ENTRY_BYTES;
    LINUX_DATA.copy(entries, at);
    entries.fill(index + 1, at + 16, at + 32);
    entries.writeBigUInt64LE(BigInt(startSector), at + 32);
    entries.writeBigUInt64LE(BigInt(startSector + length - 1), at + 40);
    entries.write(name, at + 56, 72, 'utf16le');
  });
  const entrySectors = Math.ceil(entries.length / sectorBytes);
  const last = sectors - 1;
  const header = (own: number, other: number, entriesAt: number): void => {
    const bytes = Buffer.alloc(92);
    bytes.write('EFI PART', 'latin1');
    bytes.writeUInt32LE(0x10000, 8);
    bytes.writeUInt32LE(92, 12);
    bytes.writeBigUInt64LE(BigInt(own), 24);
    bytes.writeBigUInt64LE(BigInt(other), 32);
    bytes.writeBigUInt64LE(BigInt(2 + entrySectors), 40);
    bytes.writeBigUInt64LE(BigInt(last - 1 - entrySectors), 48);
    bytes.fill(0x11, 56, 72);
    bytes.writeBigUInt64LE(BigInt(entriesAt), 72);
    bytes.writeUInt32LE(ENTRIES, 80);
    bytes.writeUInt32LE(ENTRY_BYTES, 84);
    bytes.writeUInt32LE(crc32(entries), 88);
    bytes.writeUInt32LE(crc32(bytes), 16);
    bytes.copy(image, own * sectorBytes);
    entries.copy(image, entriesAt * sectorBytes);
  };
  header(1, last, 2);
  header(last, 1, last - entrySectors);
  return image;
}
