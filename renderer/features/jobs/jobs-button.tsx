/** The button that is there while there are jobs, and what it opens (UX.md §3.10). */
import { useEffect, useRef, type ReactElement } from 'react';
import { Popover } from 'react-aria-components';
import { foundTrouble } from '../../../electron/ipc/job-verdict.ts';
import type { Job } from '../../../electron/ipc/state.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { AlertIcon, CloseIcon, JobsIcon, SuccessIcon } from '../../components/icons.ts';
import { Progress } from '../../components/progress.tsx';
import { useNow } from '../../components/use-now.ts';
import { settle } from '../../state/actions.ts';
import { cancelJob } from '../../state/device-actions.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { describeJob, jobPercent } from '../../text/job-text.ts';
import { jobWords, windowWords } from '../../text/words.ts';
import { ResultActions, resultText } from './job-result.tsx';
import sheet from './jobs.module.css';
import menuSheet from '../../components/menu.module.css';

const css = pickClasses(sheet, ['jobs', 'job', 'head', 'title', 'amount', 'done', 'trouble', 'actions', 'badge', 'button']);
const menuCss = pickClasses(menuSheet, ['popover']);
const NONE: readonly Job[] = [];

export function JobsButton(): ReactElement | null {
  const { ui } = usePlatter();
  const jobs = useStoreState((state) => state.app?.jobs ?? NONE);
  const open = useUi((state) => state.jobsOpen);
  const button = useRef<HTMLButtonElement>(null);
  useSeenJobs(open);
  useEffect(() => {
    if (jobs.length === 0 && open) ui.setState({ jobsOpen: false });
  }, [jobs, open, ui]);
  if (jobs.length === 0) return null;
  const running = jobs.filter((job) => job.state.kind === 'running').length;
  return (
    <>
      <Button
        ref={button}
        tone="flat"
        label={running === 0 ? windowWords.jobs : `${windowWords.jobs}: ${jobWords.running(running)}`}
        className={css.button}
        onPress={() => ui.setState({ jobsOpen: !open })}
      >
        <JobsIcon aria-hidden />
        {running === 0 ? null : (
          <span className={css.badge} aria-hidden>
            {running}
          </span>
        )}
      </Button>
      <Popover
        className={menuCss.popover}
        aria-label={windowWords.jobs}
        triggerRef={button}
        isOpen={open}
        onOpenChange={(jobsOpen) => ui.setState({ jobsOpen })}
        placement="bottom end"
        offset={4}
      >
        <div className={css.jobs}>
          {jobs.map((job) => (
            <JobItem key={job.id} job={job} />
          ))}
        </div>
      </Popover>
    </>
  );
}

/** What was seen in the list has been seen: when it is closed, what had ended well by then is taken out. Failures and trouble that was found stay until dismissed. */
function useSeenJobs(open: boolean): void {
  const { api, appStore } = usePlatter();
  useEffect(() => {
    if (!open) return undefined;
    return () => {
      for (const job of appStore.getState().app?.jobs ?? []) {
        const endedWell = job.state.kind === 'done' && !foundTrouble(job.result);
        if (endedWell || job.state.kind === 'cancelled') void settle(api.jobsDismiss({ job: job.id }));
      }
    };
  }, [open, api, appStore]);
}

function JobItem({ job }: { readonly job: Job }): ReactElement {
  const context = usePlatter();
  const running = job.state.kind === 'running';
  const done = job.state.kind === 'done';
  const trouble = done && foundTrouble(job.result);
  const { title, amount } = describeJob(job, useNow(running));
  const close = (): void => context.ui.setState({ jobsOpen: false });
  const result = resultText(job);
  return (
    <div className={css.job} role="group" aria-label={title}>
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
      <span className={join(css.amount, done && css.done, trouble && css.trouble)}>
        {done ? trouble ? <AlertIcon aria-hidden /> : <SuccessIcon aria-hidden /> : null}
        <bdi>{done && result !== null ? result : amount}</bdi>
      </span>
      {job.state.kind === 'failed' ? (
        <ErrorBanner error={job.state.error} urgent={false} {...(result === null ? {} : { action: result })} />
      ) : null}
      {running || result === null ? null : (
        <div className={css.actions}>
          <ResultActions job={job} onChosen={close} />
        </div>
      )}
    </div>
  );
}
