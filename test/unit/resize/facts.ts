/** Facts of images for tests of the planner: sizes in MiB, contents by libblkid's name. */
import type { InspectedContent, InspectedPartition, InspectedTable } from '../../../electron/ipc/inspection.ts';
import type { PlaceInUse, ResizeDevice, ResizeFacts } from '../../../electron/ipc/resize.ts';

export const MIB = 1n << 20n;

export function mebibytes(count: number): string {
  return String(BigInt(count) * MIB);
}

export function content(type: string, fileSystemBytes: string | null = null, state: InspectedContent['state'] = 'clean'): InspectedContent {
  const kind = type === '' ? 'nothing' : type === 'swap' ? 'swap' : type === 'crypto_LUKS' ? 'encrypted' : 'file-system';
  const none = { version: null, label: null, uuid: null, usedBytes: null, freeBytes: null };
  return { ...none, kind, type, mountable: kind === 'file-system', fileSystemBytes, blockBytes: 4096, state };
}

export function partition(
  number: number,
  start: number,
  size: number,
  type: string,
  role: InspectedPartition['role'] = 'primary',
): InspectedPartition {
  return {
    number,
    typeCode: '0x83',
    name: null,
    uuid: null,
    startBytes: mebibytes(start),
    sizeBytes: mebibytes(size),
    bootable: false,
    role,
    content: content(type),
  };
}

export function table(type: InspectedTable['type'], partitions: readonly InspectedPartition[], sectorBytes = 512): InspectedTable {
  return { type, id: null, sectorBytes, usable: type === 'gpt' ? { startBytes: mebibytes(1), endBytes: '0' } : null, partitions };
}

export function facts(sizeMebibytes: number, changes: Partial<ResizeFacts> = {}): ResizeFacts {
  const sizeBytes = mebibytes(sizeMebibytes);
  return {
    fileName: 'disk.img',
    fileBytes: sizeBytes,
    offsetBytes: '0',
    sizeBytes,
    freeBytes: mebibytes(1 << 20),
    sectorBytes: 512,
    raw: true,
    writable: true,
    table: null,
    whole: null,
    damaged: false,
    device: null,
    minimums: [],
    groups: [],
    restrictions: [],
    unfinished: null,
    ...changes,
  };
}

export function device(inUse: readonly PlaceInUse[] = [], changes: Partial<ResizeDevice> = {}): ResizeDevice {
  return { number: 3, diskseq: '30', readOnly: false, limited: false, own: true, held: false, inUse, ...changes };
}

export function mounted(place: PlaceInUse['place'], changes: Partial<PlaceInUse> = {}): PlaceInUse {
  return { place, use: 'ours', readOnly: false, mountPoint: '/run/media/maria/data', ...changes };
}
