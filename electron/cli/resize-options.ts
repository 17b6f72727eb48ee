/** Options of `platter resize`, from text to what the command takes. */
import { resizeEndings, type ResizeWish } from '../ipc/resize.ts';
import type { ResizeOptions } from './commands/resize.ts';
import { UsageFailure } from './failures.ts';
import { toPartitionNumber, toSize } from './options.ts';

interface ResizeFlags {
  readonly to?: bigint;
  readonly by?: bigint;
  readonly smallest?: boolean;
  readonly fill?: boolean;
  readonly partition?: string;
  readonly leaveFree?: boolean;
  readonly reserve?: boolean;
  readonly dryRun?: boolean;
  readonly new?: string;
  readonly continue?: boolean;
  readonly undo?: boolean;
  readonly forget?: boolean;
}

/** As {@link toSize}, with a minus for smaller. */
export function toSizeChange(text: string): bigint {
  return text.startsWith('-') ? -toSize(text.slice(1)) : toSize(text);
}

/** From commander's options of `resize`. Throws UsageFailure. */
export function resizeOptions(options: object): ResizeOptions {
  const flags: ResizeFlags = options;
  const { to, by, smallest = false, fill = false, leaveFree = false, partition } = flags;
  const ending = resizeEndings.filter((one) => flags[one] === true);
  const wishes = [to !== undefined, by !== undefined, smallest, fill, ...ending.map(() => true)];
  if (wishes.filter(Boolean).length !== 1) {
    throw new UsageFailure('resize needs exactly one of --to SIZE, --by SIZE, --smallest, --fill, --continue, --undo and --forget');
  }
  const [kind] = ending;
  if (
    kind !== undefined &&
    (partition !== undefined || leaveFree || flags.reserve === true || flags.dryRun === true || flags.new !== undefined)
  ) {
    throw new UsageFailure(`--${kind} takes no other options`);
  }
  if (kind !== undefined) return { kind };
  if (flags.new !== undefined && (partition !== undefined || leaveFree || flags.reserve === true || flags.dryRun === true)) {
    throw new UsageFailure('--new takes only a size');
  }
  if (leaveFree && partition !== undefined) throw new UsageFailure('--partition and --leave-free exclude each other');
  const wish: ResizeWish =
    to !== undefined
      ? { kind: 'to', sizeBytes: String(to) }
      : by !== undefined
        ? { kind: 'by', bytes: String(by) }
        : { kind: smallest ? 'smallest' : 'fill' };
  if (flags.new !== undefined) return { kind: 'new', wish, file: flags.new };
  const place = leaveFree ? 'free' : partition === undefined ? null : toPartitionNumber(partition);
  return { kind: 'resize', wish, place, reserve: flags.reserve ?? false, dryRun: flags.dryRun ?? false };
}
