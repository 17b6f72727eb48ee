/**
 * A new image of another size with the same table, the same kind of file system and the same files, for file systems that cannot be
 * resized in place. The files are read from a mount and written to one, compared, and only then the new file gets its name.
 * Main process and command line.
 */
import type { FileHandle } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { fileSystemRules, findLabelProblem } from '../ipc/file-systems.ts';
import { makeFileSystem, makerOf } from '../images/making/make-file-system.ts';
import { checkPlace, makeNewFile, type Draft, type NewPlace } from '../images/making/new-file.ts';
import { checkSpace, digHoles, setLength } from '../images/making/space.ts';
import type { CreationPlan } from '../images/making/wanted-image.ts';
import { openImage } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { ResizeFacts, ResizeWish } from '../ipc/resize.ts';
import type { ReportProgress } from '../jobs/jobs.ts';
import { expectTool } from '../tools/run-tool.ts';
import { refuseOtherWriters } from './alone.ts';
import { compareFiles, copyFiles, withMounted, type MountedFile } from './copy-files.ts';
import type { HelperCall } from './device-side.ts';
import { planGptWrites } from './gpt.ts';
import { planMbrWrites } from './mbr.ts';
import { planRebuild, type RebuildPlan } from './planning/rebuild.ts';
import { copyStretches } from './saved-data.ts';
import { imageReader, writeAll } from './saved-writes.ts';
import { toPartitionChange } from './table-writes.ts';

export interface RebuildSource {
  readonly path: Buffer;
  /** Null: not attached. */
  readonly device: LoopDevice | null;
  readonly facts: ResizeFacts;
}

/** Throws RESIZE_REFUSED, IMAGE_ATTACHED for one that is attached writable, FILE_IN_USE, TOOL_MISSING, and what images/create throws. */
export async function planNewImage(session: HelperCall, source: RebuildSource, wish: ResizeWish, place: NewPlace): Promise<CreationPlan> {
  const { path, device, facts } = source;
  const plan = planRebuild(facts, wish);
  const { refusal, fileSystem } = plan;
  if (refusal !== null || fileSystem === null) throw new AppError('RESIZE_REFUSED', refusal === null ? {} : { refusal });
  // What others write meanwhile would be half in the copy.
  if (device !== null && !device.readOnly) throw new AppError('IMAGE_ATTACHED', { detail: { device: device.number } });
  await refuseOtherWriters(session, path, device);
  for (const tool of [makerOf[fileSystem], 'diff'] as const) expectTool(tool);
  await checkPlace(place);
  await checkSpace(place.folder, neededBytes(facts, plan));
  const steps = [...(facts.table === null ? [] : ['make-table' as const]), 'make-file-system', 'copy-files', 'compare-files'] as const;
  return {
    steps,
    run: async (signal, report) => {
      const { handle } = await openImage(path, 'read-only');
      try {
        const making = { session, source, plan, handle, signal, report };
        await makeNewFile(place, signal, async (draft) => fill(draft, making));
      } finally {
        await handle.close();
      }
    },
  };
}

/** The files, and with a table all that lies before and behind them. */
function neededBytes({ table, sizeBytes }: ResizeFacts, { content, oldPlaceBytes }: RebuildPlan): bigint {
  const used = BigInt(content?.usedBytes ?? content?.fileSystemBytes ?? 0);
  return table === null ? used : used + BigInt(sizeBytes) - BigInt(oldPlaceBytes);
}

interface Making {
  readonly session: HelperCall;
  readonly source: RebuildSource;
  readonly plan: RebuildPlan;
  readonly handle: FileHandle;
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
}

async function fill(draft: Draft, making: Making): Promise<void> {
  const { session, source, plan, handle, signal, report } = making;
  const { content, fileSystem, place } = plan;
  if (content === null || fileSystem === null) throw new Error('there is nothing to copy');
  const first = source.facts.table === null ? 0 : 1;
  if (first === 0) await setLength(draft.file, BigInt(plan.sizeBytes));
  else await copyFrame(draft, making);
  report({ step: first });
  const label = content.label ?? '';
  const wish = {
    fileSystem,
    // A label that the tool would not take is left out rather than changed.
    label: findLabelProblem(label, fileSystemRules[fileSystem].label) === null ? label : '',
    identifier: content.uuid,
    startBytes: BigInt(plan.startBytes),
    sizeBytes: BigInt(plan.placeBytes),
  };
  await makeFileSystem(draft, wish, signal);
  const common = { partition: typeof place === 'number' ? place : null, type: content.type, startBytes: plan.startBytes };
  const from: MountedFile = { ...common, file: handle, device: source.device, sizeBytes: plan.oldPlaceBytes, readOnly: true };
  const to: MountedFile = { ...common, file: draft.file, device: null, sizeBytes: plan.placeBytes, readOnly: false };
  await withMounted(session, from, async (old) => {
    report({ step: first + 1 });
    const total = content.usedBytes === null ? null : BigInt(content.usedBytes);
    await withMounted(session, to, async (fresh) => copyFiles(old, fresh, { signal, report, total }));
    report({ step: first + 2 });
    // Mounted anew: what is compared comes from the file, not from what the kernel still remembers.
    await withMounted(session, { ...to, readOnly: true }, async (fresh) => compareFiles(old, fresh, signal));
  });
  await digHoles(draft.file, signal);
}

/** All but the place itself, with the table of the new size. */
async function copyFrame({ file }: Draft, { source: { facts }, plan, handle, signal, report }: Making): Promise<void> {
  const { table } = facts;
  if (table === null) return;
  const [from, to, offset] = [BigInt(facts.sizeBytes), BigInt(plan.sizeBytes), BigInt(facts.offsetBytes)];
  const start = BigInt(plan.startBytes);
  const end = start + BigInt(plan.oldPlaceBytes);
  await setLength(file, from > to ? from : to);
  const stretches = [
    { start: 0n, end: start },
    { start: end, end: from },
  ];
  const onBytes = (bytesDone: bigint, bytesTotal: bigint): void => report({ bytesDone, bytesTotal });
  await copyStretches(handle, file, stretches, { signal, onBytes, writeZeros: false, shift: offset });
  const change = {
    fromBytes: from,
    sizeBytes: to,
    sectorBytes: table.sectorBytes,
    partitions: plan.partitions.map(toPartitionChange),
  };
  const groups = await (table.type === 'gpt' ? planGptWrites : planMbrWrites)(imageReader(file, 0n), change);
  for (const { offset: at, bytes } of groups.flat()) await writeAll(file, bytes, at);
  await setLength(file, to);
}
