/** One row of the list: two lines and one button (UX.md §3.2). Drawn again only when its device changes. */
import { memo, type ReactElement } from 'react';
import type { Job } from '../../../electron/ipc/state.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import { Chip, type ChipProps } from '../../components/chip.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { CloseIcon, DetachIcon, DiscIcon, PackageIcon } from '../../components/icons.ts';
import { Progress } from '../../components/progress.tsx';
import { useNow } from '../../components/use-now.ts';
import { detachDevices } from '../../state/actions.ts';
import { cancelJob } from '../../state/device-actions.ts';
import { fileSystemTypes, isHeld, isMounted, keyOf, nodeName, titleOf } from '../../state/device-facts.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { isSystemDevice } from '../../state/system-devices.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { formatSize, showText } from '../../text/format.ts';
import { describeJob, jobPercent } from '../../text/job-text.ts';
import { jobWords, listWords } from '../../text/words.ts';
import sheet from './device-list.module.css';

const css = pickClasses(sheet, ['tile', 'mounted', 'words', 'first', 'name', 'second', 'work', 'trailing']);

export interface DeviceRowProps {
  readonly device: LoopDevice;
}

/** The words a screen reader hears for a row, and what type-ahead looks at: the name first. */
export function rowText(device: LoopDevice): string {
  return showText(titleOf(device));
}

export const DeviceRow = memo(function DeviceRow({ device }: DeviceRowProps): ReactElement {
  const job = useStoreState((state) => state.app?.jobs.find((one) => one.device === device.number && one.state.kind === 'running'));
  const mounted = isMounted(device);
  const [chip, ...more] = rowChips(device);
  const Icon = isSystemDevice(device) ? PackageIcon : DiscIcon;
  return (
    <>
      <span className={join(css.tile, mounted && css.mounted)} aria-hidden>
        <Icon />
      </span>
      <span className={css.words}>
        <span className={css.first}>
          <ForeignText className={css.name}>{titleOf(device)}</ForeignText>
          {chip === undefined ? null : <Chip tone={chip.tone}>{chip.text}</Chip>}
        </span>
        {job === undefined ? <SecondLine device={device} mounted={mounted} more={more.map((one) => one.text)} /> : <WorkLine job={job} />}
      </span>
      <RowButton device={device} job={job} />
    </>
  );
});

interface RowChip {
  readonly text: string;
  readonly tone: NonNullable<ChipProps['tone']>;
}

/** What is special about a device, most important first: the first is a chip beside the name, the rest words below. */
function rowChips(device: LoopDevice): readonly RowChip[] {
  const chips: RowChip[] = [];
  if (device.backingFileState === 'deleted') chips.push({ text: listWords.deletedFile, tone: 'error' });
  if (device.autoclear && !isSystemDevice(device)) chips.push({ text: listWords.detachesWhenFree, tone: 'warn' });
  if (isHeld(device)) chips.push({ text: listWords.inUse, tone: 'info' });
  if (device.readOnly) chips.push({ text: listWords.readOnly, tone: 'plain' });
  return chips;
}

interface SecondLineProps extends DeviceRowProps {
  readonly mounted: boolean;
  readonly more: readonly string[];
}

function SecondLine({ device, mounted, more }: SecondLineProps): ReactElement {
  const types = fileSystemTypes(device);
  return (
    <span className={css.second}>
      <bdi dir="ltr">{nodeName(device)}</bdi>
      {' · '}
      <bdi dir="ltr">{formatSize(BigInt(device.sizeBytes))}</bdi>
      {types.length === 0 ? null : (
        <>
          {' · '}
          <bdi dir="ltr">{types.join(', ')}</bdi>
        </>
      )}
      {' · '}
      {[...more, mounted ? listWords.mounted : listWords.notMounted].join(' · ')}
    </span>
  );
}

function WorkLine({ job }: { readonly job: Job }): ReactElement {
  const { title, amount } = describeJob(job, useNow(true));
  return (
    <span className={css.work}>
      <Progress label={title} percent={jobPercent(job)} />
      <span className={css.second}>{amount}</span>
    </span>
  );
}

function RowButton({ device, job }: DeviceRowProps & { readonly job: Job | undefined }): ReactElement | null {
  const context = usePlatter();
  const pending = useUi((state) => state.pending.has(keyOf(device)));
  const excuse = useStoreState(actionExcuse);
  if (job !== undefined) {
    if (!job.cancellable) return null;
    return (
      <Button
        tone="flat"
        label={jobWords.cancel(describeJob(job, 0).title)}
        className={css.trailing}
        onPress={() => void cancelJob(context, job.id)}
      >
        <CloseIcon aria-hidden />
      </Button>
    );
  }
  return (
    <Button
      tone="flat"
      label={listWords.detach(rowText(device))}
      className={css.trailing}
      excuse={excuseText(firstExcuse(excuse, pending ? 'busy-here' : null))}
      onPress={() => void detachDevices(context, [device])}
    >
      <DetachIcon aria-hidden />
    </Button>
  );
}
