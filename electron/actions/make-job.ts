/** A new file as a job: made, put into the library, and attached if that was asked for. Main process. */
import { toDisplayNames } from '../images/file-table.ts';
import { pathOf, type NewPlace } from '../images/making/new-file.ts';
import type { CreationPlan } from '../images/making/wanted-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { JobTitle, MadeImage } from '../ipc/state.ts';
import type { ReportProgress } from '../jobs/jobs.ts';
import { attachImage, optionsFromSettings } from './attach.ts';
import type { ActionContext } from './context.ts';

export interface Making {
  readonly kind: Extract<JobTitle['kind'], 'create' | 'copy' | 'convert' | 'unpack' | 'export'>;
  /** The file that the job is named after. */
  readonly about: Buffer;
  /** Id of the image that is read, where there is one. */
  readonly image?: string;
  readonly place: NewPlace;
  readonly plan: CreationPlan;
  /** Null: it is not attached. */
  readonly attach: { readonly readOnly: boolean } | null;
}

/** Starts the job and returns its id. Names that another job is about to take are refused. */
export function startMaking(context: ActionContext, making: Making): number {
  const { kind, about, image, place, plan, attach } = making;
  const key = pathOf(place).toString('latin1');
  if (underWay.has(key)) throw new AppError('FILE_EXISTS');
  underWay.add(key);
  const steps = attach === null ? plan.steps : [...(plan.steps.length === 0 ? (['write'] as const) : plan.steps), 'attach' as const];
  const title = { kind, fileName: toDisplayNames(about).name };
  const request = { title, device: null, cancellable: true, steps, ...(image === undefined ? {} : { image }) };
  return context.jobs.start(request, async (signal, report) => {
    try {
      await plan.run(signal, report);
    } finally {
      underWay.delete(key);
    }
    await finish(context, making, steps.length - 1, report);
  });
}

/** Paths that jobs are making. */
const underWay = new Set<string>();

/** The file is there, whatever comes now. */
async function finish(context: ActionContext, { place, attach, kind }: Making, attachStep: number, report: ReportProgress): Promise<void> {
  const path = pathOf(place);
  const image = context.files.describe(path);
  const result: MadeImage = { kind: 'image', image, device: null };
  report({ result, cancellable: false });
  // Only what is a disk image belongs into the library; that it cannot be kept there is no reason to fail.
  if (kind !== 'export') void context.library.use(path).catch(() => undefined);
  if (attach === null) return;
  report({ step: attachStep });
  const options = { ...optionsFromSettings(context.store.get('settings')), readOnly: attach.readOnly, partitionScan: true };
  const { device, mountFailures } = await attachImage(context, path, options, true);
  report({ result: { ...result, device } });
  const [failure] = mountFailures;
  if (failure === undefined) return;
  const { code, message: _message, ...facts } = failure.error;
  throw new AppError(code, facts);
}
