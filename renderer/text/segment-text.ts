/** A piece of the partition map, or a part of a device, in words. */
import type { Contents } from '../../electron/ipc/contents.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { isMounted } from '../state/device-facts.ts';
import type { Segment } from '../state/partition-map.ts';
import { partOf, partsOf, partType, type Part } from '../state/parts.ts';
import type { KnownContents } from '../state/contents.ts';
import { detailWords } from './device-words.ts';
import { formatSize } from './format.ts';
import { typeName } from './mount-words.ts';
import { listWords } from './words.ts';

export interface SegmentText {
  /** Label of the file system, else name in the table, else number of the partition. */
  readonly name: string;
  /** What is written on the piece: label, type or name. */
  readonly short: string;
  /** `Partition 2` where the name is a label. */
  readonly place: string | null;
  /** File-system type or use, null when nothing is known. */
  readonly type: string | null;
  readonly mountPoint: string | null;
  /** What stands where the mount point would: `Not mounted`, `Encrypted`. */
  readonly state: string;
  readonly size: string;
  /** All of it as one sentence, for those who hear the picture. */
  readonly sentence: string;
}

export function describeSegment(device: LoopDevice, segment: Segment, contents: Contents): SegmentText {
  const size = formatSize(segment.sizeBytes);
  if (segment.kind === 'free') {
    const name = detailWords.free;
    return { name, short: name, place: null, type: null, mountPoint: null, state: '', size, sentence: `${name} ${size}` };
  }
  const part = partOf(device, segment, contents);
  const plain = part.partition === null ? detailWords.whole : detailWords.partition(part.partition);
  const label = part.content?.label ?? part.content?.partitionName ?? '';
  const raw = partType(part);
  const type = raw === null ? null : typeName(raw);
  const mountPoint = part.mounts[0]?.mountPoint.text ?? null;
  const state = stateOf(part);
  const name = label === '' ? plain : label;
  const short = label === '' ? (type ?? plain) : label;
  // What is written on the piece comes first, so that who sees it can also say it.
  const rest = [type, plain].filter((text) => text !== null && text !== short);
  const sentence = [`${short} ${size}`, ...rest, mountPoint === null ? state : detailWords.mountedAt(mountPoint)];
  return { name, short, place: label === '' ? null : plain, type, mountPoint, state, size, sentence: sentence.join(', ') };
}

function stateOf(part: Part): string {
  if (part.usedAsSwap) return detailWords.usedAsSwap;
  switch (part.content?.kind) {
    case 'encrypted':
      return detailWords.encrypted;
    case 'swap':
      return detailWords.swapUnused;
    case 'raid-or-volume':
      return detailWords.volume;
    case 'nothing':
    case 'other':
      return detailWords.nothingFound;
    case 'partition-table':
      return detailWords.table;
    case 'file-system':
    case undefined:
      return detailWords.notMounted;
  }
}

/** How many types a row names before it counts the rest. */
const NAMED_TYPES = 3;

/** What the list says about a device in one line, most important first; what does not fit is left out from the end. */
export function rowFacts(device: LoopDevice, known: KnownContents | undefined): readonly string[] {
  const found = contentFact(device, known);
  if (isMounted(device)) return [device.readOnly ? listWords.mountedReadOnly : listWords.mounted, ...(found === null ? [] : [found])];
  const rest = device.readOnly ? [listWords.readOnly] : [];
  // That nothing is mounted goes without saying where there is nothing to mount.
  if (found === listWords.notRecognised) return [found, ...rest];
  return [listWords.notMounted, ...(found === null ? [] : [found]), ...rest];
}

/** Each type once; without any, the kind of table; null while nothing is known. */
export function contentFact(device: LoopDevice, known: KnownContents | undefined): string | null {
  const [whole, ...partitions] = partsOf(device, known?.contents ?? []);
  if (whole === undefined) return null;
  const types = partitions.map(partType).filter((type) => type !== null);
  const own = partType(whole);
  const names = [...new Set((types.length === 0 && own !== null ? [own] : types).map(typeName))];
  if (names.length > NAMED_TYPES) return `${names.slice(0, NAMED_TYPES - 1).join(', ')} + ${names.length - NAMED_TYPES + 1}`;
  if (names.length > 0) return names.join(', ');
  return whole.content === null ? null : listWords.notRecognised;
}
