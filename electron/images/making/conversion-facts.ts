/** What making a raw image of another one takes, before it begins. Main process and command line. */
import type { ImageFormat } from '../../ipc/inspection.ts';
import type { ConversionFacts } from '../../ipc/new-image.ts';
import { freeBytes } from '../describe-image.ts';
import { toDisplayNames } from '../file-table.ts';
import { readDiskFacts, withDiskSource, type Container } from './disk-tool.ts';
import { findFreeName } from './free-name.ts';
import { needOf } from './missing-tools.ts';
import { unpackerOf } from './unpack-image.ts';

export interface ConversionLook extends Omit<ConversionFacts, 'place'> {
  /** Of the image, and a free name for the raw one. */
  readonly folder: Buffer;
  readonly freeName: string;
}

/** Throws NOT_CONVERTIBLE for a container that qemu-img cannot read. */
export async function readConversionFacts(path: Buffer, format: ImageFormat): Promise<ConversionLook> {
  const slash = path.lastIndexOf(0x2f);
  const folder = slash <= 0 ? Buffer.from('/') : path.subarray(0, slash);
  const { name } = toDisplayNames(path);
  const [free, freeName] = await Promise.all([freeBytes(folder), findFreeName(folder, rawNameOf(name))]);
  const place = { folder, freeName, freeBytes: String(free) };
  switch (format.kind) {
    case 'container': {
      const missing = needOf('qemu-img');
      const found = missing === null ? await look(path, format) : null;
      const sizeBytes = found === null ? format.virtualSizeBytes : String(found.sizeBytes);
      return { ...place, from: format.name, sizeBytes, otherFiles: found?.otherFiles ?? [], missing };
    }
    case 'compressed': {
      const missing = needOf(unpackerOf[format.name]);
      return { ...place, from: format.name, sizeBytes: format.unpackedBytes, otherFiles: [], missing };
    }
    case 'raw':
    case 'explained':
      return { ...place, from: null, sizeBytes: null, otherFiles: [], missing: null };
  }
}

async function look(path: Buffer, format: Container): ReturnType<typeof readDiskFacts> {
  return withDiskSource(path, async (source) => readDiskFacts(source, format, new AbortController().signal));
}

/** `disk.qcow2` becomes `disk.img`; of `disk.img.xz` only the last ending goes. */
export function rawNameOf(name: string): string {
  const stem = name.replace(/\.(?:qcow2?|vhdx?|vpc|vmdk|vdi|gz|xz|zst|zstd|bz2|zip)$/iu, '');
  return /\.(?:img|iso|raw|bin|squashfs|erofs)$/iu.test(stem) ? stem : `${stem}.img`;
}
