/** A piece of the partition map in words. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { Segment } from '../state/partition-map.ts';
import { detailWords } from './device-words.ts';
import { formatSize } from './format.ts';

export interface SegmentText {
  readonly name: string;
  /** File-system type or use, null when nothing is known. */
  readonly type: string | null;
  readonly mountPoint: string | null;
  readonly size: string;
  /** All of it as one sentence, for those who hear the picture. */
  readonly sentence: string;
}

export function describeSegment(device: LoopDevice, segment: Segment): SegmentText {
  const size = formatSize(segment.sizeBytes);
  if (segment.kind === 'free') {
    return { name: detailWords.free, type: null, mountPoint: null, size, sentence: `${detailWords.free} ${size}` };
  }
  const part = segment.kind === 'partition' ? segment.partition : device;
  const name = segment.kind === 'partition' ? detailWords.partition(segment.partition.number) : detailWords.whole;
  const type = part.usedAsSwap ? detailWords.swap : (part.mounts[0]?.fileSystemType ?? null);
  const mountPoint = part.mounts[0]?.mountPoint.text ?? null;
  const place = mountPoint === null ? (part.usedAsSwap ? null : detailWords.notMounted) : detailWords.mountedAt(mountPoint);
  // What is written on the piece comes first, so that who sees it can also say it.
  const sentence = [`${type ?? name} ${size}`, type === null ? null : name, place].filter((text) => text !== null).join(', ');
  return { name, type, mountPoint, size, sentence };
}
