/** Resizing as a window asks for it: facts for its plan, and the plan carried out as a job. Main process. */
import { stat } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { RendererHandlers } from '../calls.ts';
import { toDisplayNames } from '../images/file-table.ts';
import { currentBackingPath, findAttachments } from '../images/identity.ts';
import { refuseOpening } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { RendererParams } from '../ipc/methods.ts';
import type { ResizeSubjectParams } from '../ipc/resize-methods.ts';
import type { ResizeOutcome } from '../ipc/resize.ts';
import type { JobStep } from '../ipc/state.ts';
import { readFacts } from '../resize/facts.ts';
import { finishResize, forgetResize, resize, unfinishedSteps, type ResizeContext, type ResizeSubject } from '../resize/resize.ts';
import { planNewImage } from '../resize/rebuild.ts';
import { expectDevice, readDevice, type ActionContext } from './context.ts';
import { startMaking } from './make-job.ts';

type ResizeHandlers = Pick<RendererHandlers, Extract<keyof RendererHandlers, `resize/${string}`>>;

export function createResizeHandlers(context: ActionContext): ResizeHandlers {
  return {
    'resize/facts': async ({ subject }) => {
      const { path, device } = await findSubject(context, subject);
      return readFacts({ worker: context.worker, device }, path);
    },
    'resize/run': async (params) => runResize(context, params),
    'resize/rebuild': async ({ subject, sizeBytes, folder, name }) => {
      const { path, device } = await findSubject(context, subject);
      const facts = await readFacts({ worker: context.worker, device }, path);
      const place = { folder: context.files.pathOf(folder), name: Buffer.from(name) };
      const plan = await planNewImage(context.session, { path, device, facts }, { kind: 'to', sizeBytes }, place);
      return { job: startMaking(context, { kind: 'copy', about: path, place, plan, attach: null }) };
    },
    'resize/finish': async ({ subject, how }) => {
      if (how === 'forget') return forgetResize(await findSubject(context, subject));
      const found = await findActing(context, subject);
      const steps = await unfinishedSteps(found.path);
      return asJob(
        context,
        found,
        steps.map(({ step }) => step),
        async (run) => finishResize(run, found, how),
      );
    },
  };
}

async function runResize(context: ActionContext, params: RendererParams<'resize/run'>): Promise<ResizeOutcome> {
  const { subject, sizeBytes, place, reserve, steps } = params;
  const found = await findActing(context, subject);
  const request = { wish: { kind: 'to', sizeBytes }, place, reserve } as const;
  // The names are compared with those of the plan before anything is done with them.
  return asJob(context, found, steps as JobStep[], async (run) =>
    resize(run, found, request, (plan) => JSON.stringify(plan.steps.map(({ step }) => step)) === JSON.stringify(steps)),
  );
}

async function asJob(
  { jobs, session, store, worker }: ActionContext,
  { path, device }: ResizeSubject,
  steps: readonly JobStep[],
  work: (run: ResizeContext) => Promise<ResizeOutcome>,
): Promise<ResizeOutcome> {
  const title = { kind: 'resize', fileName: toDisplayNames(path).name } as const;
  return jobs.run({ title, device: device?.number ?? null, cancellable: false, steps }, async (signal, report) =>
    work({
      session,
      worker,
      devices: () => store.devices(),
      signal,
      onProgress: ({ step, bytesDone, bytesTotal, cancellable }) =>
        report({
          step,
          cancellable,
          ...(bytesDone === undefined ? {} : { bytesDone }),
          ...(bytesTotal === undefined ? {} : { bytesTotal }),
        }),
    }),
  );
}

async function findSubject({ store, files }: ActionContext, subject: ResizeSubjectParams): Promise<ResizeSubject> {
  if ('image' in subject) {
    const path = files.pathOf(subject.image);
    const attached = await findAttachments(store.devices(), await stat(path, { bigint: true }).catch(refuseOpening));
    return { path, device: deviceOf(store.devices(), attached) };
  }
  const device = expectDevice(store, subject);
  const path = await currentBackingPath(device);
  if (path === null) throw new AppError('FILE_NOT_FOUND');
  return { path, device };
}

/** Attached twice, nobody could say which of the devices would follow. */
function deviceOf(devices: Iterable<LoopDevice>, [number, ...others]: readonly number[]): LoopDevice | null {
  if (number === undefined) return null;
  if (others.length > 0) throw new AppError('IMAGE_ATTACHED', { detail: { device: number } });
  return [...devices].find((device) => device.number === number) ?? null;
}

/** As the helper that acts knows it: with identity and owner. An image that is not attached may need no helper at all. */
async function findActing(context: ActionContext, subject: ResizeSubjectParams): Promise<ResizeSubject> {
  const found = await findSubject(context, subject);
  if (found.device === null) return found;
  await context.session.elevated();
  const { number, diskseq } = found.device;
  const device = await readDevice(context.session, { device: number, diskseq });
  if (device === undefined) throw new AppError('STALE_DEVICE');
  return { ...found, device };
}
