/** What is shown while a resize runs: its steps, how far the present one is, and Cancel where that is safe. */
import type { ReactElement } from 'react';
import type { ResizeSubjectParams } from '../../../electron/ipc/resize-methods.ts';
import type { Job } from '../../../electron/ipc/state.ts';
import { Button } from '../../components/button.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { CheckIcon } from '../../components/icons.ts';
import { Progress } from '../../components/progress.tsx';
import { cancelJob } from '../../state/device-actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { jobPercent } from '../../text/job-text.ts';
import { resizeWords } from '../../text/resize-words.ts';
import { jobWords } from '../../text/words.ts';
import sheet from './resize.module.css';

const css = pickClasses(sheet, ['progress', 'stepList', 'stepDone', 'stepNow', 'mark']);

export interface ResizeProgressProps {
  readonly subject: ResizeSubjectParams;
  readonly fileName: string;
}

export function ResizeProgress({ subject, fileName }: ResizeProgressProps): ReactElement {
  const context = usePlatter();
  const job = useStoreState((state) => findJob(state.app?.jobs ?? [], subject, fileName));
  if (job === undefined) return <Progress label={resizeWords.confirm} percent={null} />;
  const step = job.steps[job.step];
  const label = step === undefined ? resizeWords.confirm : resizeWords.running(jobWords.step[step], job.step + 1, job.steps.length);
  return (
    <div className={css.progress}>
      <p aria-live="polite">{label}</p>
      <Progress label={label} percent={jobPercent(job)} />
      <ol className={css.stepList}>
        {job.steps.map((name, index) => (
          // The same step can come twice, such as attaching before and after.
          <li key={`${name}-${index}`} className={join(index < job.step && css.stepDone, index === job.step && css.stepNow)}>
            <span className={css.mark}>{index < job.step ? <CheckIcon aria-hidden /> : index + 1}</span>
            {jobWords.step[name]}
          </li>
        ))}
      </ol>
      <Button excuse={job.cancellable ? undefined : resizeWords.cannotCancel} onPress={() => void cancelJob(context, job.id)}>
        {resizeWords.cancel}
      </Button>
    </div>
  );
}

/** Files in two folders may have one name, and only one of them is to be stopped by the button. */
function findJob(jobs: readonly Job[], subject: ResizeSubjectParams, fileName: string): Job | undefined {
  const isMeant = ({ title, device }: Job): boolean =>
    title.kind === 'resize' && ('device' in subject ? device === subject.device : title.fileName === fileName);
  return jobs.findLast((job) => job.state.kind === 'running' && isMeant(job));
}
