/** The second line of a row while a job works on what it stands for: the bar, and how far it is (UX.md §3.2). */
import type { ReactElement } from 'react';
import type { Job } from '../../../electron/ipc/state.ts';
import { pickClasses } from '../../components/class-names.ts';
import { Progress } from '../../components/progress.tsx';
import { describeJob, jobPercent, rowAmount } from '../../text/job-text.ts';
import sheet from './jobs.module.css';

const css = pickClasses(sheet, ['work', 'workAmount']);

export function WorkLine({ job }: { readonly job: Job }): ReactElement {
  return (
    <span className={css.work}>
      <Progress label={describeJob(job, 0).title} percent={jobPercent(job)} />
      <bdi className={css.workAmount}>{rowAmount(job)}</bdi>
    </span>
  );
}
