/** Toasts for jobs that were started and not waited for: a new file is ready, or there will be none. */
import { useEffect, type ReactElement } from 'react';
import type { Job, JobTitle } from '../../../electron/ipc/state.ts';
import type { Context } from '../../state/actions.ts';
import { usePlatter, useUi } from '../../state/react-context.ts';
import { describeJob } from '../../text/job-text.ts';
import { createWords, convertWords, exportWords } from '../../text/create-words.ts';
import { ToastBox } from '../toasts/toast-box.tsx';
import { ResultActions, resultText } from './job-result.tsx';

const LIFE_MS = 10_000;

type Making = Extract<JobTitle['kind'], 'create' | 'copy' | 'convert' | 'unpack' | 'export'>;
const failures: Readonly<Record<Making, (name: string) => string>> = {
  create: createWords.failed,
  copy: createWords.failed,
  convert: convertWords.failed,
  unpack: convertWords.failed,
  export: exportWords.failed,
};

function isMaking(kind: JobTitle['kind']): kind is Making {
  return Object.hasOwn(failures, kind);
}

/** Keeps what has ended while this window looked on; a job that was called off needs no word. */
function watchEnds({ appStore, ui }: Context): () => void {
  const running = new Set<number>();
  const look = (): void => {
    for (const job of appStore.getState().app?.jobs ?? []) {
      if (job.state.kind === 'running') running.add(job.id);
      else if (running.delete(job.id) && isMaking(job.title.kind) && job.state.kind !== 'cancelled' && !ui.getState().jobsOpen) {
        ui.setState((state) => ({ endedJobs: [...state.endedJobs, job] }));
      }
    }
  };
  look();
  return appStore.subscribe((state, before) => {
    if (state.app?.jobs !== before.app?.jobs) look();
  });
}

export function JobToasts(): ReactElement {
  const context = usePlatter();
  const ended = useUi((state) => state.endedJobs);
  useEffect(() => watchEnds(context), [context]);
  return (
    <>
      {ended.toReversed().map((job) => (
        <JobToast key={job.id} job={job} />
      ))}
    </>
  );
}

function JobToast({ job }: { readonly job: Job }): ReactElement {
  const { ui } = usePlatter();
  const close = (): void => ui.setState((state) => ({ endedJobs: state.endedJobs.filter((one) => one.id !== job.id) }));
  const actions = <ResultActions job={job} onChosen={close} />;
  const text = resultText(job) ?? describeJob(job, 0).title;
  if (job.state.kind !== 'failed') return <ToastBox text={text} actions={actions} onClose={close} lifeMs={LIFE_MS} />;
  const failed = job.result === null && isMaking(job.title.kind) ? failures[job.title.kind](job.title.fileName) : text;
  return <ToastBox text={failed} error={job.state.error} actions={actions} onClose={close} lifeMs={null} />;
}
