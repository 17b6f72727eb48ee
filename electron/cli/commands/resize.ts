/** platter resize: shows the plan that the window shows, carries it out, goes on with a stopped one or undoes it. */
import { resolve } from 'node:path';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDisplayNames } from '../../images/file-table.ts';
import { backingPath, currentBackingPath } from '../../images/identity.ts';
import { ImageWorker } from '../../images/image-worker.ts';
import { AppError } from '../../ipc/errors.ts';
import type { ReportProgress } from '../../jobs/jobs.ts';
import type { ResizeOutcome, ResizePlan, ResizeWish } from '../../ipc/resize.ts';
import type { HelperCall } from '../../resize/device-side.ts';
import { planNewImage } from '../../resize/rebuild.ts';
import { splitPath } from '../../images/making/new-file.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import { readFacts } from '../../resize/facts.ts';
import { planResize } from '../../resize/planning/plan.ts';
import {
  finishResize,
  forgetResize,
  resize as resizeImage,
  unfinishedSteps,
  type ResizeRequest,
  type ResizeSubject,
} from '../../resize/resize.ts';
import type { StepProgress } from '../../resize/run-context.ts';
import { commandJobs, printResult } from '../command-job.ts';
import { printJson, say, showText, warn, type Context } from '../context.ts';
import { tellMade } from './create.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { lookAtFile } from '../named-file.ts';
import { refusalText } from '../resize-refusals.ts';
import { describePlan, describeStep, warningTexts } from '../resize-text.ts';
import { formatSize } from '../sizes.ts';
import { pickDevice } from '../subjects.ts';
import { createTargets, mayBeReference, readActing, type Targets } from '../targets.ts';
import { readDevices } from '../in-process-reader.ts';
import { isTerminal, writeMessage } from '../terminal.ts';

export type ResizeOptions =
  | ({ readonly kind: 'resize'; readonly dryRun: boolean } & ResizeRequest)
  /** A new image of that size with the same files. */
  | { readonly kind: 'new'; readonly wish: ResizeWish; readonly file: string }
  | { readonly kind: 'continue' }
  | { readonly kind: 'undo' }
  | { readonly kind: 'forget' };
/** Done with the image itself. */
type Running = Exclude<ResizeOptions, { kind: 'new' | 'forget' }>;

export async function resize(name: string, options: ResizeOptions, context: Context): Promise<ExitCode> {
  const targets = createTargets();
  const worker = new ImageWorker();
  try {
    const seen = await findSubject(name, targets);
    if (options.kind === 'resize' && options.dryRun) return await showPlan(seen, options, worker, context);
    if (options.kind === 'new') return await makeNew(seen, options, { targets, worker, context });
    if (options.kind === 'forget') {
      tellOutcome(await forgetResize(seen), context);
      return exitCodes.done;
    }
    const subject = seen.device === null ? seen : { ...seen, device: await readActing(await targets.session(), seen.device) };
    const outcome = await carryOut({ subject, targets, worker, context }, options);
    tellOutcome(outcome, context);
    return exitCodes.done;
  } finally {
    await Promise.all([targets.close(), worker.close()]);
  }
}

/** A device by any of its names, or an image file that is not attached. */
async function findSubject(name: string, targets: Targets): Promise<ResizeSubject> {
  try {
    return await toSubject(pickDevice(name, readDevices()));
  } catch (error) {
    const code = error instanceof AppError ? error.data.code : null;
    const file = lookAtFile(name);
    if (code === 'NOT_ATTACHED' && file?.facts.isFile() === true) return { path: file.path, device: null };
    if (code !== 'NO_SUCH_DEVICE' || !mayBeReference(name)) throw error;
    const session = await targets.session();
    return toSubject(pickDevice(name, await session.call('devices/list', {})));
  }
}

async function toSubject(device: LoopDevice): Promise<ResizeSubject> {
  const path = (await currentBackingPath(device)) ?? backingPath(device);
  if (path === null) throw new AppError('FILE_NOT_FOUND');
  return { path, device };
}

async function showPlan({ path, device }: ResizeSubject, request: ResizeRequest, worker: ImageWorker, context: Context): Promise<ExitCode> {
  const plan = planResize(await readFacts({ worker, device }, path), request);
  if (context.json) printJson(plan);
  else for (const line of describePlan(plan, context)) say(context, line);
  if (plan.refusal === null) return exitCodes.done;
  if (!context.json) warn(context, refusalText(plan.refusal));
  return exitCodes.failed;
}

async function makeNew(
  { path, device }: ResizeSubject,
  { wish, file }: Extract<ResizeOptions, { kind: 'new' }>,
  { targets, worker, context }: Omit<CarryOut, 'subject'>,
): Promise<ExitCode> {
  const facts = await readFacts({ worker, device }, path);
  const target = toFileNameBytes(resolve(file));
  const { run } = await planNewImage(lateSession(targets), { path, device, facts }, wish, splitPath(target));
  const jobs = commandJobs(`Creating ${showText(file, context)}`, context);
  await jobs.run({ title: { kind: 'copy', fileName: file.toWellFormed() }, device: null, cancellable: true }, run);
  await tellMade(target, file, context);
  return exitCodes.done;
}

/** A helper is started only when it is needed. */
function lateSession(targets: Targets): HelperCall {
  return { call: async (method, params, call) => (await targets.session()).call(method, params, call) };
}

interface CarryOut {
  readonly subject: ResizeSubject;
  readonly targets: Targets;
  readonly worker: ImageWorker;
  readonly context: Context;
}

/** Called off, it stops at once or after the step that is on; once nothing is left that changes the image, and when putting back, it goes on. */
async function carryOut(carry: CarryOut, options: Running): Promise<ResizeOutcome> {
  const { path, device } = carry.subject;
  const title = { kind: 'resize', fileName: toDisplayNames(path).name } as const;
  return commandJobs(null, carry.context).run(
    { title, device: device?.number ?? null, cancellable: options.kind !== 'undo' },
    async (signal, report) => runSteps(carry, options, { signal, report }),
  );
}

async function runSteps(
  { subject, targets, worker, context }: CarryOut,
  options: Running,
  { signal, report }: { readonly signal: AbortSignal; readonly report: ReportProgress },
): Promise<ResizeOutcome> {
  const progress = new StepLines(context, report);
  const run = {
    session: lateSession(targets),
    worker,
    devices: () => readDevices().devices,
    signal,
    onProgress: (step: StepProgress) => progress.show(step),
  };
  try {
    if (options.kind === 'resize') {
      return await resizeImage(run, subject, options, (plan) => {
        progress.begin(plan.steps);
        for (const text of warningTexts(plan)) warn(context, text);
        return true;
      });
    }
    progress.begin(await unfinishedSteps(subject.path));
    return await finishResize(run, subject, options.kind);
  } finally {
    progress.end();
  }
}

/** One line on a terminal that says which step is on and how far it is; and the same for the job. */
class StepLines {
  readonly #context: Context;
  readonly #report: ReportProgress;
  #steps: ResizePlan['steps'] = [];

  constructor(context: Context, report: ReportProgress) {
    this.#context = context;
    this.#report = report;
  }

  begin(steps: ResizePlan['steps']): void {
    this.#steps = steps;
    this.#report({ steps: steps.map(({ step }) => step) });
  }

  show({ step, phase, bytesDone, bytesTotal, cancellable }: StepProgress): void {
    this.#report({
      step,
      cancellable,
      ...(bytesDone === undefined ? {} : { bytesDone }),
      ...(bytesTotal === undefined ? {} : { bytesTotal }),
    });
    const found = this.#steps[step];
    if (found === undefined || phase === 'end' || this.#context.json || this.#context.quiet || !isTerminal(2)) return;
    const amount = bytesTotal === undefined || bytesTotal === 0n ? '' : ` ${((bytesDone ?? 0n) * 100n) / bytesTotal} %`;
    writeMessage(`\r[${step + 1}/${this.#steps.length}] ${describeStep(found)}${amount}\u001b[K`);
  }

  end(): void {
    if (!this.#context.json && !this.#context.quiet && isTerminal(2)) writeMessage('\r\u001b[K');
  }
}

function tellOutcome(outcome: ResizeOutcome, context: Context): void {
  if (context.json) printResult(outcome);
  const size = BigInt(outcome.sizeBytes);
  const where = outcome.device === null ? '' : `${nodePath(outcome.device.number)}: `;
  const inside = outcome.fileSystemBytes === null ? '' : `, file system ${formatSize(BigInt(outcome.fileSystemBytes))}`;
  say(context, `${where}${formatSize(size)} (${size} bytes)${inside}`);
}
