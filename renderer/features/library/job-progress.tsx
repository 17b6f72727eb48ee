/** How far the work of a dialog is, and its end before its time. */
import type { ReactElement } from 'react';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import type { Job, JobTitle } from '../../../electron/ipc/state.ts';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { Progress } from '../../components/progress.tsx';
import { useNow } from '../../components/use-now.ts';
import { cancelJob } from '../../state/device-actions.ts';
import { jobOf } from '../../state/maintenance-actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { describeJob, jobPercent } from '../../text/job-text.ts';
import { commonWords } from '../../text/words.ts';
import sheet from './maintenance.module.css';

const css = pickClasses(sheet, ['progress', 'amount']);
const NONE: readonly Job[] = [];

export interface JobProgressProps {
  readonly image: LibraryImage;
  readonly kinds: readonly JobTitle['kind'][];
}

export function JobProgress({ image, kinds }: JobProgressProps): ReactElement | null {
  const jobs = useStoreState((state) => state.app?.jobs ?? NONE);
  const job = jobOf(jobs, image, kinds);
  return job === undefined ? null : <RunningJob job={job} />;
}

function RunningJob({ job }: { readonly job: Job }): ReactElement {
  const context = usePlatter();
  const { title, amount } = describeJob(job, useNow(true));
  return (
    <div className={css.progress}>
      <Progress label={title} percent={jobPercent(job)} />
      <bdi className={css.amount}>{amount}</bdi>
      {job.cancellable ? <Button onPress={() => void cancelJob(context, job.id)}>{commonWords.cancel}</Button> : null}
    </div>
  );
}
