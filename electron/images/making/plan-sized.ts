/** Images of a given size: empty, with one file system, or with partitions. Main process and command line. */
import { AppError } from '../../ipc/errors.ts';
import { fileSystemRules, findLabelProblem, partitionNameRule, type FileSystemName, type LabelRule } from '../../ipc/file-systems.ts';
import { layOutPartitions, type PartitionContent, type PlacedPartition } from '../../ipc/partition-layout.ts';
import type { JobStep } from '../../ipc/state.ts';
import { expectTool } from '../../tools/run-tool.ts';
import { makeFileSystem, makerOf } from './make-file-system.ts';
import { makeTable } from './make-table.ts';
import type { NewPlace } from './new-file.ts';
import { checkSpace, digHoles, LARGEST_FILE_BYTES, reserve, setLength, SMALLEST_ROOM_BYTES } from './space.ts';
import type { ContentsPlan, WantedContents } from './wanted-image.ts';

const SECTOR_BYTES = 512n;

export async function planEmpty(sizeBytes: bigint, place: NewPlace, reserved: boolean): Promise<ContentsPlan> {
  await checkSize(sizeBytes, place, reserved);
  return planSized(sizeBytes, reserved, [], async () => Promise.resolve());
}

async function checkSize(sizeBytes: bigint, { folder }: NewPlace, reserved: boolean): Promise<void> {
  if (sizeBytes <= 0n || sizeBytes % SECTOR_BYTES !== 0n) throw new AppError('SIZE_INVALID');
  if (sizeBytes > LARGEST_FILE_BYTES) throw new AppError('FILE_TOO_LARGE');
  // Without reserving, no more is known than that something has to be written.
  await checkSpace(folder, reserved ? sizeBytes : SMALLEST_ROOM_BYTES);
}

/** Reserved twice: before, so that a full disk shows at once; after, because tools dig holes. */
function planSized(sizeBytes: bigint, reserved: boolean, steps: readonly JobStep[], fill: ContentsPlan['fill']): ContentsPlan {
  return {
    steps: [...(reserved ? ['reserve-space' as const] : []), ...steps],
    fill: async (draft, signal, report) => {
      await setLength(draft.file, sizeBytes);
      if (reserved) await reserve(draft.file, sizeBytes, signal);
      if (reserved && steps.length > 0) report({ step: 1 });
      await fill(draft, signal, report);
      if (reserved) await reserve(draft.file, sizeBytes, signal);
      else await digHoles(draft.file, signal);
    },
  };
}

export async function planFileSystem(
  { sizeBytes, fileSystem, label }: Extract<WantedContents, { kind: 'file-system' }>,
  place: NewPlace,
  reserved: boolean,
): Promise<ContentsPlan> {
  const rule = fileSystemRules[fileSystem];
  refuseSize(sizeBytes, rule);
  checkLabel(label, rule.label);
  expectTool(makerOf[fileSystem]);
  await checkSize(sizeBytes, place, reserved);
  return planSized(sizeBytes, reserved, ['make-file-system'], async (draft, signal) =>
    makeFileSystem(draft, { fileSystem, label, sizeBytes, startBytes: 0n }, signal),
  );
}

/** Throws SIZE_INVALID with the limit that the size is beyond. */
function refuseSize(
  sizeBytes: bigint,
  { smallestBytes, largestBytes }: { readonly smallestBytes: bigint; readonly largestBytes: bigint },
): void {
  const limit = sizeBytes < smallestBytes ? smallestBytes : sizeBytes > largestBytes ? largestBytes : null;
  if (limit !== null) throw new AppError('SIZE_INVALID', { detail: { limitBytes: String(limit) } });
}

function checkLabel(label: string, rule: LabelRule): void {
  if (findLabelProblem(label, rule) !== null) throw new AppError('LABEL_INVALID');
}

export async function planPartitions(
  { sizeBytes, table, partitions }: Extract<WantedContents, { kind: 'partitions' }>,
  place: NewPlace,
  reserved: boolean,
): Promise<ContentsPlan> {
  const layout = layOutPartitions(sizeBytes, table, partitions);
  if (layout.problems.some((problem) => problem !== null)) throw new AppError('LAYOUT_INVALID');
  expectTool('sfdisk');
  for (const { content, label, name } of partitions) checkPartition(content, label, table === 'gpt' ? name : '');
  await checkSize(sizeBytes, place, reserved);
  const placed = partitions.map((partition, index) => ({ ...partition, ...(layout.placed[index] as PlacedPartition) }));
  const formatted = placed.filter(({ content }) => content !== 'none');
  const steps: JobStep[] = ['make-table', ...formatted.map(() => 'make-file-system' as const)];
  return planSized(sizeBytes, reserved, steps, async (draft, signal, report) => {
    await makeTable(draft.file, table, placed, signal);
    for (const [index, { content, label, startBytes, sizeBytes: partitionBytes }] of formatted.entries()) {
      report({ step: index + (reserved ? 2 : 1) });
      await makeFileSystem(draft, { fileSystem: toFileSystem(content), label, startBytes, sizeBytes: partitionBytes }, signal);
    }
  });
}

function checkPartition(content: PartitionContent, label: string, name: string): void {
  checkLabel(name, partitionNameRule);
  if (content === 'none') return;
  const fileSystem = toFileSystem(content);
  checkLabel(label, fileSystemRules[fileSystem].label);
  expectTool(makerOf[fileSystem]);
}

function toFileSystem(content: PartitionContent): FileSystemName {
  if (content === 'none') throw new TypeError('nothing is made there');
  return content === 'efi' ? 'fat' : content;
}
