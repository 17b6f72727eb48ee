/** platter detach DEVICE|FILE… */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import type { HolderList } from '../../../native-helper/protocol/holders.ts';
import { isMine } from '../../detach/mine.ts';
import { processesOf } from '../../ipc/holder-facts.ts';
import { AppError } from '../../ipc/errors.ts';
import { toDisplayNames } from '../../images/file-table.ts';
import { backingPath } from '../../images/identity.ts';
import { createActivity } from '../activity.ts';
import { commandJobs } from '../command-job.ts';
import { printJson, say, showText, type Context } from '../context.ts';
import { detachOne, type DetachEnd, type DetachWish } from '../detach-one.ts';
import { nodePath } from '../device-names.ts';
import { exitCodeOf, exitCodes, type ExitCode } from '../exit-codes.ts';
import { tellFailure, toFailure, UsageFailure } from '../failures.ts';
import { holderText } from '../holder-lines.ts';
import { isRoot, type Session } from '../session.ts';
import { forEachSubject, pickDevice } from '../subjects.ts';
import { createTargets, type Targets } from '../targets.ts';
import { writeMessage } from '../terminal.ts';

export interface DetachOptions extends DetachWish {
  /** Takes back a detach that waits. */
  readonly cancel: boolean;
  /** Everything this user attached through Platter. */
  readonly allMine: boolean;
}

/** Each is several requests, of which the helper takes 64 at once. */
const AT_ONCE = 8;

export async function detach(names: readonly string[], options: DetachOptions, context: Context): Promise<ExitCode> {
  if (options.allMine === names.length > 0) throw new UsageFailure('name devices or files, or give --all-mine');
  const targets = createTargets();
  const results: object[] = [];
  try {
    const found: LoopDevice[] = [];
    const unknown = options.allMine
      ? exitCodes.done
      : await forEachSubject(names, context, async (name) => {
          const { device } = await targets.find(name, pickDevice);
          if (!found.some(({ number }) => number === device.number)) found.push(device);
          return exitCodes.done;
        });
    const devices = await toActing(found, options, targets);
    const statuses = await inParallel(devices, AT_ONCE, async (device, index) =>
      settleOne(device, { ...context, report: (result) => (results[index] = result) }, async (telling) =>
        (options.cancel ? keepOne : detachSay)(await targets.session(), device, options, telling),
      ),
    );
    if (options.allMine && devices.length === 0) say(context, 'nothing is attached by you');
    if (context.json) printJson({ results });
    return [unknown, ...statuses].find((status) => status !== exitCodes.done) ?? exitCodes.done;
  } finally {
    await targets.close();
  }
}

/** As the helper that acts knows them: with their owners. One that is another by now comes as it was, and fails by itself. */
async function toActing(found: readonly LoopDevice[], { allMine }: DetachOptions, targets: Targets): Promise<readonly LoopDevice[]> {
  if (found.length === 0 && !allMine) return [];
  const { devices } = await (await targets.session()).call('devices/list', {});
  if (allMine) return devices.filter((device) => isMine(device, isRoot()));
  return found.map((device) => devices.find(({ diskseq }) => diskseq === device.diskseq) ?? device);
}

/** How a device of several is told of: in words as it happens, and its entry of --json at its place in the list. */
interface Telling extends Context {
  readonly report: (result: object) => void;
}

async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<ExitCode>,
): Promise<readonly ExitCode[]> {
  const statuses: ExitCode[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) statuses[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: limit }, runner));
  return statuses;
}

async function settleOne(device: LoopDevice, telling: Telling, work: (telling: Telling) => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work(telling);
  } catch (error) {
    const failure = toFailure(error);
    const node = nodePath(device.number);
    telling.report({ node, state: 'failed', code: failure.code });
    return tellFailure(failure, node, telling);
  }
}

async function keepOne(session: Session, device: LoopDevice, _options: DetachOptions, context: Telling): Promise<ExitCode> {
  const node = nodePath(device.number);
  await session.call('devices/cancel-detach', { device: device.number, diskseq: device.diskseq });
  say(context, `${node}: stays attached`);
  context.report({ node, state: 'attached' });
  return exitCodes.done;
}

async function detachSay(session: Session, device: LoopDevice, wish: DetachOptions, context: Telling): Promise<ExitCode> {
  const node = nodePath(device.number);
  const activity = createActivity(context);
  activity.show(`Detaching ${node}`);
  try {
    const onWaiting = (holders: HolderList): void => activity.show(`Waiting to detach ${node}: ${summary(holders, context)}`);
    const end = await asJob(device, context, async (signal) => detachOne(session, device, wish, { onWaiting, signal }));
    activity.end();
    return tellEnd(device, end, context);
  } finally {
    activity.end();
  }
}

type Busy = Extract<DetachEnd, { kind: 'busy' }>;

/** The job has failed, or was called off; to the command it is an end like others. */
class StillBusy extends AppError {
  readonly end: Busy;
  constructor(end: Busy) {
    super(end.because.code, end.because);
    this.end = end;
  }
}

/** Seen by the user's other programs as the window's waiting is, once it lasts. The result is told at the end, with --json too. */
async function asJob(device: LoopDevice, context: Context, work: (signal: AbortSignal) => Promise<DetachEnd>): Promise<DetachEnd> {
  const path = backingPath(device);
  const fileName = path === null ? `loop${device.number}` : toDisplayNames(path).name;
  const request = { title: { kind: 'detach', fileName }, device: device.number, cancellable: true } as const;
  try {
    return await commandJobs(null, { ...context, json: false }).run(request, async (signal) => {
      const end = await work(signal);
      if (end.kind === 'busy') throw new StillBusy(end);
      return end;
    });
  } catch (error) {
    const busy = error instanceof AppError && error.data.code === 'CANCELLED' ? error.cause : error;
    if (busy instanceof StillBusy) return busy.end;
    throw error;
  }
}

function summary(holders: HolderList, context: Context): string {
  const [first, ...others] = processesOf(holders);
  if (first === undefined) return holders.hiddenProcesses > 0 ? 'programs of other users' : 'in use';
  return `${showText(first.name, context)} (${first.pid})${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

function tellEnd(device: LoopDevice, end: DetachEnd, context: Telling): ExitCode {
  const node = nodePath(device.number);
  switch (end.kind) {
    case 'detached': {
      const unmounted = end.unmounted.map((place) => `unmounted ${showText(place, context)}, `).join('');
      say(context, `${node}: ${unmounted}detached`);
      context.report({ node, state: 'detached', ...(end.unmounted.length === 0 ? {} : { unmounted: end.unmounted }) });
      return exitCodes.done;
    }
    case 'deferred':
      say(context, `${node}: in use; it detaches when it is free (platter detach --cancel ${node})`);
      context.report({ node, state: 'deferred' });
      return exitCodes.busy;
    case 'busy': {
      const error = new AppError(end.because.code, end.because).data;
      tellFailure(error, node, context);
      if (end.holders !== null && !context.json) {
        writeMessage(holderText(end.holders, context, { indent: '  ', mayAskForNames: !isRoot() }));
      }
      context.report({ node, state: 'busy', holders: end.holders });
      return exitCodeOf(error.code);
    }
    default:
      return end satisfies never;
  }
}
