/** Reads the name of the volume group from an LVM member: its metadata is text (LVM2 lib/format_text/layout.h). Image worker. */
import type { ImageBytes } from './image-bytes.ts';

/** The metadata area begins within the first of these bytes wherever pvcreate(8) puts it. */
const LOOKED_AT_BYTES = 1024 * 1024;
const AREA_MAGIC = ' LVM2 x[5A%r0N*>';
/** What vgcreate(8) allows in a name. */
const NAME = /^(?<name>[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,127}) \{/u;

/** Empty where none is found. */
export function readVolumeGroup(part: ImageBytes): string {
  const bytes = part.read(0, Number(part.sizeBytes < BigInt(LOOKED_AT_BYTES) ? part.sizeBytes : BigInt(LOOKED_AT_BYTES)));
  if (bytes === null) return '';
  // struct mda_header: checksum 4, magic 16, version 4, start 8, size 8, then the place of the present text within the area.
  const areaAt = bytes.indexOf(AREA_MAGIC, 0, 'latin1') - 4;
  if (areaAt < 0 || areaAt + 56 > bytes.length) return '';
  const textAt = BigInt(areaAt) + bytes.readBigUInt64LE(areaAt + 40);
  const text = textAt > part.sizeBytes ? null : part.read(textAt, Number(part.sizeBytes - textAt < 160n ? part.sizeBytes - textAt : 160n));
  return NAME.exec(text?.toString('latin1') ?? '')?.groups?.['name'] ?? '';
}
