/** The steps of a plan in the order that is safe: growing from the outside in, shrinking from the inside out. Pure. */
import type { JobStep } from '../../ipc/state.ts';
import type { PlannedFileSystem, ResizeFacts, ResizePlace, ResizeStep } from '../../ipc/resize.ts';
import { restrictionOf, useOf } from './places.ts';

export interface StepsQuestion {
  readonly facts: ResizeFacts;
  readonly grows: boolean;
  readonly place: ResizePlace;
  readonly size: { readonly from: bigint; readonly to: bigint };
  readonly file: { readonly from: bigint; readonly to: bigint };
  /** A GPT has to move its copy with every size; an MBR changes only with its partitions. */
  readonly tableChanges: boolean;
  readonly partition: { readonly number: number; readonly from: bigint; readonly to: bigint } | null;
  readonly fileSystem: PlannedFileSystem | null;
  /** What the file loses at its end is not known, and nobody could bring it back. */
  readonly cutsUnknown: boolean;
}

type Sizes = { readonly from: bigint; readonly to: bigint } | null;

export function stepsOf(question: StepsQuestion): readonly ResizeStep[] {
  return question.grows ? growingSteps(question) : shrinkingSteps(question);
}

/** Attached and without a tool that needs the image for itself: nothing is taken away from anybody. */
export function isOnline({ facts, grows, fileSystem }: Pick<StepsQuestion, 'facts' | 'grows' | 'fileSystem'>): boolean {
  const needsAll = fileSystem !== null && fileSystem.how !== 'mounted';
  return grows && facts.device !== null && !needsAll;
}

function growingSteps(question: StepsQuestion): readonly ResizeStep[] {
  const { facts, place, size, file, tableChanges, partition, fileSystem } = question;
  const online = isOnline(question);
  const takesAway = facts.device !== null && !online;
  const number = numberOf(place);
  const isMounted = useOf(facts, place) !== null;
  const isOnMount = fileSystem?.how === 'mounted';
  return [
    ...(takesAway ? takeAway(facts) : []),
    ...(fileSystem?.how === 'offline' ? [step('check', number)] : []),
    step('save-undo', null),
    ...(file.to > file.from ? [step('resize-file', null, file)] : []),
    ...(online && size.to !== size.from ? [step('resize-device', null, size)] : []),
    ...(tableChanges ? [step('resize-table', null)] : []),
    ...(online && partition !== null ? [step('resize-partition', partition.number, partition)] : []),
    ...(isOnMount && facts.device === null ? [step('attach', null)] : []),
    ...(isOnMount && !isMounted ? [step('mount', number)] : []),
    ...(fileSystem === null ? [] : [fileSystemStep(question, fileSystem)]),
    ...(isOnMount && !isMounted ? [step('unmount', number)] : []),
    ...(isOnMount && facts.device === null ? [step('detach', null)] : []),
    ...(takesAway ? giveBack(facts) : []),
  ];
}

function shrinkingSteps(question: StepsQuestion): readonly ResizeStep[] {
  const { facts, place, file, tableChanges, fileSystem, cutsUnknown } = question;
  const number = numberOf(place);
  const { device } = facts;
  const isOnMount = fileSystem?.how === 'mounted';
  const isMounted = useOf(facts, place) !== null;
  const mounting = [...(device === null ? [step('attach', null)] : []), ...(isMounted ? [] : [step('mount', number)])];
  const away = device === null ? (isOnMount ? [step('unmount', number), step('detach', null)] : []) : takeAway(facts, isOnMount);
  return [
    ...(isOnMount ? [step('save-undo', null), ...mounting, fileSystemStep(question, fileSystem), ...away] : away),
    ...(fileSystem?.how === 'offline' ? [step('check', number)] : []),
    ...(isOnMount ? [] : [step('save-undo', null)]),
    ...(fileSystem !== null && !isOnMount ? [fileSystemStep(question, fileSystem)] : []),
    ...(tableChanges ? [step('resize-table', null)] : []),
    ...(file.to < file.from ? [{ ...step('resize-file', null, file), undoable: !cutsUnknown }] : []),
    ...(device === null ? [] : giveBack(facts)),
  ];
}

function takeAway({ device }: ResizeFacts, isMounted = false): readonly ResizeStep[] {
  const mounted = isMounted || device?.inUse.some(({ use }) => use === 'ours') === true;
  return [...(mounted ? [step('unmount', null)] : []), step('detach', null)];
}

function giveBack({ device }: ResizeFacts): readonly ResizeStep[] {
  const mounted = device?.inUse.some(({ use }) => use === 'ours') === true;
  return [step('attach', null), ...(mounted ? [step('mount', null)] : [])];
}

function numberOf(place: ResizePlace): number | null {
  return typeof place === 'number' ? place : null;
}

function fileSystemStep({ facts, place }: StepsQuestion, { type, fromBytes, toBytes, how }: PlannedFileSystem): ResizeStep {
  const [from, to] = [BigInt(fromBytes), BigInt(toBytes)];
  const shrinks = to < from;
  return {
    ...step('resize-file-system', numberOf(place), { from, to }),
    // An XFS never gets smaller again, nor does what resize2fs leaves alone.
    undoable: shrinks || (type !== 'xfs' && restrictionOf(facts, place) === undefined),
    duration: how === 'swap' ? 'moment' : shrinks ? 'minutes' : how === 'mounted' ? 'moment' : 'seconds',
  };
}

function step(name: JobStep, partition: number | null, sizes: Sizes = null): ResizeStep {
  return {
    step: name,
    partition,
    fromBytes: sizes === null ? null : String(sizes.from),
    toBytes: sizes === null ? null : String(sizes.to),
    undoable: true,
    duration: name === 'check' ? 'seconds' : 'moment',
  };
}
