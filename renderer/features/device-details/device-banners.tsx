/** What is wrong with a device, or about to happen to it, with the way out. */
import type { ReactElement } from 'react';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { MountTrouble, SameUuid } from '../../../electron/ipc/device-page.ts';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { UnfinishedResize } from '../../../electron/ipc/resize.ts';
import type { Job } from '../../../electron/ipc/state.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { Progress } from '../../components/progress.tsx';
import { useNow } from '../../components/use-now.ts';
import { keepAttached } from '../../state/actions.ts';
import { cancelJob } from '../../state/device-actions.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { isDeferred, keyOf } from '../../state/device-facts.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { isSystemDevice } from '../../state/system-devices.ts';
import { detailWords, deviceMenuWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { describeJob, jobPercent } from '../../text/job-text.ts';
import { commonWords } from '../../text/words.ts';
import sheet from './page.module.css';
import { UnfinishedBanner } from './unfinished-banner.tsx';
import { useWarnings } from './use-warnings.ts';
import { WarningBanner } from './warning-banner.tsx';

const css = pickClasses(sheet, ['banners']);

export interface DeviceBannersProps {
  readonly device: LoopDevice;
  readonly file: BackingFileFacts | null;
  readonly contents: Contents;
  readonly sameUuid: readonly SameUuid[];
  readonly troubles: readonly MountTrouble[];
  readonly unfinished: UnfinishedResize | null;
  /** Why it is not known what is on the device; null where it is. */
  readonly contentsError: AppErrorData | null;
}

export function DeviceBanners({ device, file, contents, sameUuid, troubles, unfinished, contentsError }: DeviceBannersProps): ReactElement {
  const warnings = useWarnings({ device, file, contents, sameUuid, troubles });
  const context = usePlatter();
  const excuse = excuseText(useStoreState(actionExcuse));
  const asked = useUi((state) => state.deferred);
  const job = useStoreState((state) => state.app?.jobs.find((one) => one.device === device.number && one.state.kind === 'running'));
  return (
    <div className={css.banners}>
      {job === undefined ? null : <JobBanner job={job} />}
      {unfinished === null || job !== undefined ? null : (
        <UnfinishedBanner key={unfinishedKey(device, unfinished)} device={device} unfinished={unfinished} />
      )}
      {warnings.map((warning) => (
        <WarningBanner key={warning.kind} device={device} warning={warning} />
      ))}
      {contentsError === null || device.backingFileState === 'deleted' ? null : (
        <ErrorBanner
          error={contentsError}
          urgent={false}
          actions={<Button onPress={() => context.contents.renew(device)}>{commonWords.tryAgain}</Button>}
        />
      )}
      {isDeferred(device, asked) && !isSystemDevice(device) ? (
        <Banner
          tone="info"
          title={detailWords.deferred}
          actions={
            <Button excuse={excuse} onPress={() => void keepAttached(context, device)}>
              {deviceMenuWords.keep}
            </Button>
          }
        >
          {detailWords.deferredText}
        </Banner>
      ) : null}
    </div>
  );
}

/** Another stop is told anew. */
function unfinishedKey(device: LoopDevice, { stepNumber, toBytes, replaced }: UnfinishedResize): string {
  return `${keyOf(device)} ${toBytes} ${stepNumber} ${replaced}`;
}

function JobBanner({ job }: { readonly job: Job }): ReactElement {
  const context = usePlatter();
  const { title, amount } = describeJob(job, useNow(true));
  const cancel = <Button onPress={() => void cancelJob(context, job.id)}>{commonWords.cancel}</Button>;
  return (
    <Banner tone="info" title={title} actions={job.cancellable ? cancel : undefined}>
      <Progress label={title} percent={jobPercent(job)} />
      <p>{amount}</p>
    </Banner>
  );
}
