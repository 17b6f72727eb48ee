/** A new label or UUID for a file system in an image, as a job. Main process and command line, as the user. */
import { randomBytes } from 'node:crypto';
import { toDisplayNames } from '../images/file-table.ts';
import type { OpenImage } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { RelabelResult } from '../ipc/maintenance.ts';
import { descriptorArgument, runTool, toolFailure } from '../tools/run-tool.ts';
import { expectAlone } from './expect-alone.ts';
import { findPlace, withDetachedImage, type MaintenanceContext, type Place } from './place.ts';
import { isUuidOf, labelProblem, relabellerOf, shownLabel, uuidFrom, type Writing } from './relabel-plan.ts';

const LIMIT_MS = 600_000;

export interface RelabelWish {
  readonly partition: number | null;
  /** Null: stays; empty: none. */
  readonly label: string | null;
  /** Null: stays; `random`: a new one. */
  readonly uuid: string | null;
}

/** What was written is read again before it is told. Throws FILE_IN_USE, LABEL_INVALID, UUID_INVALID, RELABEL_UNSUPPORTED, RELABEL_FAILED, TOOL_MISSING, TOOL_FAILED. */
export async function relabelImage(context: MaintenanceContext, path: Buffer, wish: RelabelWish): Promise<RelabelResult> {
  return withDetachedImage(context, path, 'writing', async (image) => {
    const place = await findPlace(context, image, path, wish.partition);
    const uuid = wish.uuid === 'random' ? uuidFrom(place.content.type, randomBytes(16)) : wish.uuid;
    const writings = planWritings(place, { ...wish, uuid });
    const title = { kind: 'relabel', fileName: toDisplayNames(path).name } as const;
    await context.jobs.run({ title, device: null, cancellable: false }, async () => {
      await expectAlone(image.handle);
      for (const writing of writings) await write(image, writing);
    });
    const { content } = await findPlace(context, image, path, wish.partition);
    const labelled = wish.label === null || content.label === shownLabel(content.type, wish.label);
    const numbered = uuid === null || content.uuid?.toLowerCase() === uuid.toLowerCase();
    if (!labelled || !numbered) throw new AppError('RELABEL_FAILED');
    return { label: content.label, uuid: content.uuid };
  });
}

function planWritings({ partition, content, startBytes }: Place, { label, uuid }: RelabelWish): readonly Writing[] {
  const relabeller = relabellerOf(content.type);
  if (relabeller === null || (partition !== null && relabeller.reachesPartitions !== true)) throw new AppError('RELABEL_UNSUPPORTED');
  if (label !== null && labelProblem(content.type, label) !== null) throw new AppError('LABEL_INVALID');
  if (uuid !== null && !isUuidOf(content.type, uuid)) throw new AppError('UUID_INVALID');
  const file = partition === null ? descriptorArgument(0) : `${descriptorArgument(0)}?offset=${startBytes}`;
  return [...(label === null ? [] : [relabeller.label(file, label)]), ...(uuid === null ? [] : [relabeller.setUuid(file, uuid)])];
}

async function write({ handle }: OpenImage, { program, args }: Writing): Promise<void> {
  const result = await runTool({ program, args, descriptors: [handle.fd], timeLimitMs: LIMIT_MS });
  if (result.status !== 0) throw toolFailure(program, result);
}
