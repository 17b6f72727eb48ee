/** Whether libblkid has to look for ZFS in a place. Image worker. */
import type { ImageBytes } from './image-bytes.ts';

/** Four labels: two at the start and two at the end, which counts in whole labels (OpenZFS include/sys/vdev_impl.h, vdev_label_t). */
const LABEL_BYTES = 256n * 1024n;
/** The part of a label that describes the pool ends at 128 KiB, with its checksum; that begins with this number (zio.h, zio_eck_t). */
const MARK_AT = 128n * 1024n - 40n;
const MARK = 0x0210_da7a_b10c_7a11n;

/**
 * libblkid reads a mebibyte of every place to look for ZFS, which is half of what a look costs. Every label that ZFS itself would take has
 * this mark, so four reads of eight bytes tell whether that is worth while.
 */
export function mayBeZfs(part: ImageBytes): boolean {
  const end = part.sizeBytes - (part.sizeBytes % LABEL_BYTES);
  return [0n, LABEL_BYTES, end - 2n * LABEL_BYTES, end - LABEL_BYTES].some((label) => {
    const mark = part.read(label + MARK_AT, 8);
    // Written in the order of the machine that made the pool.
    return mark !== null && (mark.readBigUInt64LE(0) === MARK || mark.readBigUInt64BE(0) === MARK);
  });
}
