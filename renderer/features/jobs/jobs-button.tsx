/** The button that is there while there are jobs, and what it opens (UX.md §3.10). */
import { useEffect, type ReactElement } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { Job } from '../../../electron/ipc/state.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { CloseIcon, JobsIcon } from '../../components/icons.ts';
import { Progress } from '../../components/progress.tsx';
import { settle } from '../../state/actions.ts';
import { cancelJob } from '../../state/device-actions.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { describeJob, jobPercent } from '../../text/job-text.ts';
import { jobWords, windowWords } from '../../text/words.ts';
import sheet from './jobs.module.css';
import menuSheet from '../../components/menu.module.css';

const css = pickClasses(sheet, ['jobs', 'job', 'head', 'title', 'amount', 'badge', 'button']);
const menuCss = pickClasses(menuSheet, ['popover']);
const NONE: readonly Job[] = [];

export function JobsButton(): ReactElement | null {
  const { ui } = usePlatter();
  const jobs = useStoreState((state) => state.app?.jobs ?? NONE);
  const open = useUi((state) => state.jobsOpen);
  useEffect(() => {
    if (jobs.length === 0 && open) ui.setState({ jobsOpen: false });
  }, [jobs, open, ui]);
  if (jobs.length === 0) return null;
  const running = jobs.filter((job) => job.state.kind === 'running').length;
  return (
    <DialogTrigger isOpen={open} onOpenChange={(jobsOpen) => ui.setState({ jobsOpen })}>
      <Button tone="flat" label={running === 0 ? windowWords.jobs : `${windowWords.jobs}: ${jobWords.running(running)}`} className={css.button}>
        <JobsIcon aria-hidden />
        {running === 0 ? null : (
          <span className={css.badge} aria-hidden>
            {running}
          </span>
        )}
      </Button>
      <Popover className={menuCss.popover} placement="bottom end" offset={4}>
        <Dialog className={css.jobs} aria-label={windowWords.jobs}>
          {jobs.map((job) => (
            <JobItem key={job.id} job={job} />
          ))}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function JobItem({ job }: { readonly job: Job }): ReactElement {
  const context = usePlatter();
  const { title, amount } = describeJob(job, Date.now());
  const running = job.state.kind === 'running';
  return (
    <div className={css.job}>
      <div className={css.head}>
        <span className={css.title}>{title}</span>
        {running && !job.cancellable ? null : (
          <Button
            tone="flat"
            label={running ? jobWords.cancel(title) : jobWords.dismiss(title)}
            onPress={() => void (running ? cancelJob(context, job.id) : settle(context.api.jobsDismiss({ job: job.id })))}
          >
            <CloseIcon aria-hidden />
          </Button>
        )}
      </div>
      {running ? <Progress label={title} percent={jobPercent(job)} /> : null}
      <span className={css.amount}>{amount}</span>
      {job.state.kind === 'failed' ? <ErrorBanner error={job.state.error} urgent={false} /> : null}
    </div>
  );
}
