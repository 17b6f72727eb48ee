/** Headers of the containers of virtual machines. Image worker. */
import type { FormatFinding } from './findings.ts';
import { guidText, type ImageBytes } from './image-bytes.ts';

type Container = Extract<FormatFinding, { kind: 'container' }>;

/** Names of other files in headers are bounded by their formats; QEMU takes at most this of a qcow2. */
const LONGEST_NAME_BYTES = 1023;
const SECTOR_BYTES = 512n;
/** Above this a size is no size. */
const LARGEST_BYTES = 1n << 62n;

export function readContainer(image: ImageBytes): Container | null {
  return readQcow2(image) ?? readVhdx(image) ?? readVmdk(image) ?? readVdi(image) ?? readVhd(image);
}

function container(name: Container['name'], sizeBytes: bigint | null, parentName: string | null = null): Container {
  const isSize = sizeBytes !== null && sizeBytes > 0n && sizeBytes < LARGEST_BYTES;
  return { kind: 'container', name, virtualSizeBytes: isSize ? String(sizeBytes) : null, parentName };
}

/** QEMU docs/interop/qcow2.txt; version 1 has the same fields up to the size's place. */
function readQcow2(image: ImageBytes): Container | null {
  const header = image.read(0, 32);
  if (header?.toString('latin1', 0, 4) !== 'QFI\xfb') return null;
  const nameOffset = header.readBigUInt64BE(8);
  const nameBytes = header.readUInt32BE(16);
  const hasParent = nameOffset > 0n && nameBytes > 0 && nameBytes <= LONGEST_NAME_BYTES;
  const parentName = hasParent ? (image.read(nameOffset, nameBytes)?.toString('utf8') ?? '') : null;
  return container('qcow2', header.readUInt32BE(4) < 2 ? null : header.readBigUInt64BE(24), parentName);
}

/** VDI: the signature at 64, the size of the disk at 368 (VirtualBox VDICore.h, version 1.1). */
function readVdi(image: ImageBytes): Container | null {
  const header = image.read(0, 512);
  if (header?.readUInt32LE(0x40) !== 0xbeda107f) return null;
  // Image type 4 is a difference; it names its parent by UUID only.
  const parentName = header.readUInt32LE(0x4c) === 4 ? guidText(header.subarray(0x1a8, 0x1b8)) : null;
  return container('vdi', header.readBigUInt64LE(0x170), parentName);
}

/** VHD: a footer of 512 bytes at the end, copied to the start unless the size is fixed (Virtual Hard Disk Image Format Specification 1.0). */
function readVhd(image: ImageBytes): Container | null {
  const isFooter = (bytes: Buffer | null): boolean => bytes?.toString('latin1', 0, 8) === 'conectix';
  const first = image.read(0, 512);
  // A footer of 511 bytes is older than the specification.
  const last = [image.read(image.sizeBytes - 512n, 512), image.read(image.sizeBytes - 511n, 511)].find(isFooter);
  const footer = isFooter(first) ? first : last;
  if (footer === null || footer === undefined) return null;
  const isDifference = footer.readUInt32BE(60) === 4;
  return container('vhd', footer.readBigUInt64BE(48), isDifference ? vhdParent(image, footer.readBigUInt64BE(16)) : null);
}

/** The dynamic header has the parent's name at 64, as UTF-16 with the high byte first. */
function vhdParent(image: ImageBytes, headerOffset: bigint): string {
  const name = headerOffset > LARGEST_BYTES ? null : image.read(headerOffset + 64n, 512);
  return name === null ? '' : Buffer.from(name).swap16().toString('utf16le').replace(/\0.*$/su, '');
}

/** The regions and metadata items whose ids matter ([MS-VHDX] 2.2.3 and 2.6). */
const VHDX_METADATA_REGION = '8b7ca206-4790-4b9a-b8fe-575f050f886e';
const VHDX_VIRTUAL_SIZE = '2fa54224-cd1b-4876-b211-5dbed83bf4b8';
const VHDX_PARENT = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';
const VHDX_REGION_TABLE = 192n * 1024n;

function readVhdx(image: ImageBytes): Container | null {
  if (image.read(0, 8)?.toString('latin1') !== 'vhdxfile') return null;
  const region = findVhdxEntry(image.read(VHDX_REGION_TABLE, 64 * 1024), 'regi', 16, VHDX_METADATA_REGION);
  const metadataAt = region?.readBigUInt64LE(16) ?? 0n;
  const metadata = metadataAt > 0n && metadataAt < LARGEST_BYTES ? image.read(metadataAt, 64 * 1024) : null;
  const size = findVhdxEntry(metadata, 'metadata', 32, VHDX_VIRTUAL_SIZE);
  const bytes = size === null ? null : image.read(metadataAt + BigInt(size.readUInt32LE(16)), 8);
  const parent = findVhdxEntry(metadata, 'metadata', 32, VHDX_PARENT);
  return container('vhdx', bytes?.readBigUInt64LE(0) ?? null, parent === null ? null : vhdxParent(image, metadataAt, parent));
}

/** Both tables are entries of 32 bytes with a GUID first; the count is at 8 in the one and at 10 in the other. */
function findVhdxEntry(table: Buffer | null, signature: string, firstAt: number, id: string): Buffer | null {
  if (table === null || !table.toString('latin1', 0, 8).startsWith(signature)) return null;
  const count = signature === 'regi' ? table.readUInt32LE(8) : table.readUInt16LE(10);
  for (let index = 0; index < Math.min(count, 2047); index += 1) {
    const entry = table.subarray(firstAt + index * 32, firstAt + index * 32 + 32);
    if (entry.length === 32 && guidText(entry) === id) return entry;
  }
  return null;
}

/** The parent locator is keys and values as UTF-16; what it names is text for a person. */
function vhdxParent(image: ImageBytes, metadataAt: bigint, entry: Buffer): string {
  const length = entry.readUInt32LE(20);
  const text = length > 64 * 1024 ? null : image.read(metadataAt + BigInt(entry.readUInt32LE(16)), length);
  const found = /relative_path(?<path>[^\0]{1,520})/u.exec(text?.subarray(20).toString('utf16le') ?? '');
  return found?.groups?.['path'] ?? '';
}

/** VMDK: a sparse extent (`KDMV`), one of ESX (`COWD`), or the text that describes extents (Virtual Disk Format 5.0). */
function readVmdk(image: ImageBytes): Container | null {
  const header = image.read(0, 512);
  const magic = header?.toString('latin1', 0, 4);
  if (header !== null && magic === 'KDMV') {
    const descriptor = vmdkDescriptor(image, header.readBigUInt64LE(28), header.readBigUInt64LE(36));
    return container('vmdk', header.readBigUInt64LE(12) * SECTOR_BYTES, vmdkParent(descriptor));
  }
  if (header !== null && magic === 'COWD') return container('vmdk', BigInt(header.readUInt32LE(12)) * SECTOR_BYTES);
  return readVmdkText(image);
}

function vmdkDescriptor(image: ImageBytes, sector: bigint, sectors: bigint): string {
  if (sector === 0n || sector > 1n << 40n || sectors > 128n) return '';
  return image.read(sector * SECTOR_BYTES, Number(sectors * SECTOR_BYTES))?.toString('utf8') ?? '';
}

function readVmdkText(image: ImageBytes): Container | null {
  const start = '# Disk DescriptorFile';
  if (image.read(0, start.length)?.toString('latin1') !== start) return null;
  const text = image.read(0, Number(image.sizeBytes < 65_536n ? image.sizeBytes : 65_536n))?.toString('utf8') ?? '';
  const extents = [...text.matchAll(/^(?:RW|RDONLY|NOACCESS) (?<sectors>[0-9]{1,15}) /gmu)];
  const sectors = extents.reduce((sum, { groups }) => sum + BigInt(groups?.['sectors'] ?? 0), 0n);
  return container('vmdk', sectors * SECTOR_BYTES, vmdkParent(text));
}

function vmdkParent(descriptor: string): string | null {
  return /^parentFileNameHint="(?<name>[^"\n]{1,1023})"/mu.exec(descriptor)?.groups?.['name'] ?? null;
}
