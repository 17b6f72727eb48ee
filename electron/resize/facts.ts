/** What a plan is made from: the inspected image, its device, the disk it lies on, and how small its file systems can be. Main process. */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { mountsOf } from '../images/contents.ts';
import { freeBytes } from '../images/describe-image.ts';
import { toDisplayNames } from '../images/file-table.ts';
import type { ImageWorker } from '../images/image-worker.ts';
import { toInspectedTable, toInspectedWhole } from '../images/inspection-contents.ts';
import { findProblems } from '../images/inspection-findings.ts';
import { openImage, type OpenImage } from '../images/open-image.ts';
import type { InspectedContent, InspectionFinding } from '../ipc/inspection.ts';
import type { PlaceInUse, PlaceMinimum, ResizeDevice, ResizeFacts, ResizePlace } from '../ipc/resize.ts';
import { runTool } from '../tools/run-tool.ts';
import { extName } from './file-system-tools.ts';
import { isAsLeft } from './left-image.ts';
import { lastLeaf, readGeometry } from './planning/geometry.ts';
import { readGroups } from './read-groups.ts';
import { readRestriction } from './read-restrictions.ts';
import { readUpTo } from './saved-writes.ts';
import { lookForUndo, toUnfinished } from './undo-file.ts';

export interface FactsContext {
  readonly worker: Pick<ImageWorker, 'inspect'>;
  /** Null: not attached. */
  readonly device: LoopDevice | null;
}

const SECTOR_BYTES = 512n;
const MINIMUM_LIMIT_MS = 60_000;

/** Findings that forbid touching table or contents. */
const damage: readonly InspectionFinding['code'][] = [
  'shorter-than-table',
  'shorter-than-file-system',
  'gpt-primary-damaged',
  'overlapping-partitions',
  'ambiguous',
];

/** Opens the file for as long as it takes. Throws AppError as opening does, PROBE_FAILED, FILE_NOT_REGULAR, UNDO_UNUSABLE. */
export async function readFacts(context: FactsContext, path: Buffer): Promise<ResizeFacts> {
  const image = await openImage(path, 'read-write');
  try {
    return await readOpenedFacts(context, image, path);
  } finally {
    await image.handle.close();
  }
}

export async function readOpenedFacts({ worker, device }: FactsContext, image: OpenImage, path: Buffer): Promise<ResizeFacts> {
  const { handle, facts, writable } = image;
  const offset = BigInt(device?.offsetBytes ?? 0);
  const size = device === null ? facts.size - (facts.size % SECTOR_BYTES) : BigInt(device.sizeBytes);
  const found = await worker.inspect(handle, size, offset);
  const unfinished = await lookForUndo(path, facts);
  const known: ResizeFacts = {
    fileName: toDisplayNames(path).name,
    fileBytes: String(facts.size),
    offsetBytes: String(offset),
    sizeBytes: String(size),
    freeBytes: String(await freeBytes(path)),
    sectorBytes: device?.logicalBlockSizeBytes ?? 512,
    raw: found.format.kind === 'raw',
    writable: writable && facts.isFile(),
    table: toInspectedTable(found),
    whole: toInspectedWhole(found),
    damaged: findProblems(found, size, true).some(({ code }) => damage.includes(code)),
    device: device === null ? null : toResizeDevice(device, facts),
    minimums: [],
    groups: [],
    restrictions: [],
    unfinished: unfinished === null ? null : toUnfinished(unfinished, !(await isAsLeft(handle, path, unfinished))),
  };
  if (!known.raw) return known;
  const minimums = await findMinimums(known, handle);
  return {
    ...known,
    minimums,
    groups: await atPlaces(known, handle, readGroups),
    restrictions: await atPlaces(known, handle, readRestriction),
  };
}

/** Where Platter mounts; anything elsewhere is not ours to take away. */
const MEDIA_FOLDER = '/run/media/';

function toResizeDevice(device: LoopDevice, facts: BigIntStats): ResizeDevice {
  const swaps = [
    ...(device.usedAsSwap ? (['whole'] as const) : []),
    ...device.partitions.filter(({ usedAsSwap }) => usedAsSwap).map(({ number }) => number),
  ];
  const isLimited = device.sizeLimitBytes !== '0' || BigInt(device.offsetBytes) + BigInt(device.sizeBytes) + SECTOR_BYTES <= facts.size;
  return {
    number: device.number,
    diskseq: device.diskseq,
    readOnly: device.readOnly,
    limited: isLimited,
    own: device.ownership !== 'other-user' || process.geteuid?.() === 0,
    held: device.holders.length > 0,
    inUse: [
      ...mountsOf(device).map(({ partition, mount }): PlaceInUse => {
        const { text } = mount.mountPoint;
        const use = text.startsWith(MEDIA_FOLDER) ? 'ours' : 'elsewhere';
        return { place: partition ?? 'whole', use, readOnly: mount.readOnly, mountPoint: text };
      }),
      ...swaps.map((place): PlaceInUse => ({ place, use: 'swap', readOnly: false, mountPoint: null })),
    ],
  };
}

/** Only what could be made smaller is asked about: the last partition, or the whole image. What cannot be told is left out. */
async function findMinimums(facts: ResizeFacts, file: FileHandle): Promise<readonly PlaceMinimum[]> {
  const geometry = readGeometry(facts);
  const offset = BigInt(facts.offsetBytes);
  const last = lastLeaf(geometry);
  if (geometry.kind === 'none') return minimumAt({ place: 'whole', content: facts.whole, offset }, file);
  return last === null ? [] : minimumAt({ place: last.number, content: last.content, offset: offset + last.start }, file);
}

/** Of every place that could be resized. */
async function atPlaces<T>(
  facts: ResizeFacts,
  file: FileHandle,
  read: (file: FileHandle, offset: bigint, place: ResizePlace, type: string) => Promise<T | null>,
): Promise<readonly T[]> {
  const { kind, leaves } = readGeometry(facts);
  const offset = BigInt(facts.offsetBytes);
  const places = kind === 'none' ? [{ number: 'whole', start: 0n, content: facts.whole } as const] : leaves;
  const found = await Promise.all(
    places.map(async ({ number, start, content }) => read(file, offset + start, number, content?.type ?? '')),
  );
  return found.filter((one) => one !== null);
}

interface MinimumQuestion {
  readonly place: ResizePlace;
  readonly content: InspectedContent | null;
  readonly offset: bigint;
}

async function minimumAt({ place, content, offset }: MinimumQuestion, file: FileHandle): Promise<readonly PlaceMinimum[]> {
  const type = content?.type ?? '';
  const sizeBytes = ['ext2', 'ext3', 'ext4'].includes(type)
    ? await extMinimum(file.fd, offset, BigInt(content?.blockBytes ?? 0))
    : type === 'btrfs'
      ? await btrfsMinimum(file, offset)
      : null;
  return sizeBytes === null ? [] : [{ place, sizeBytes: String(sizeBytes) }];
}

/** `-f` only lets it look at one that is mounted. Null also where resize2fs is not installed: then it just cannot be made smaller. */
async function extMinimum(fd: number, offset: bigint, blockBytes: bigint): Promise<bigint | null> {
  const request = { program: 'resize2fs', args: ['-f', '-P', extName(offset)], descriptors: [fd], timeLimitMs: MINIMUM_LIMIT_MS } as const;
  const result = await runTool(request).catch(() => null);
  const blocks = /minimum size of the filesystem: ([0-9]+)/u.exec(result?.stdout ?? '')?.[1];
  return blocks === undefined ? null : BigInt(blocks) * blockBytes;
}

/** struct btrfs_super_block (linux/btrfs_tree.h): the device's own item at 0xc9, what is given out of it 16 bytes further. */
async function btrfsMinimum(file: FileHandle, offset: bigint): Promise<bigint | null> {
  const block = await readUpTo(file, offset + 65_536n, 4096);
  if (block.length < 4096 || block.toString('latin1', 0x40, 0x48) !== '_BHRfS_M' || block.readBigUInt64LE(0x88) !== 1n) return null;
  // What is given out can always be moved; the first mebibyte is never given out, and one chunk more is needed on the way.
  return block.readBigUInt64LE(0xc9 + 16) + (32n << 20n);
}
