/** One row of the list: two lines and one button (UX.md §3.2). Drawn again only when its device changes. */
import { memo, type ReactElement } from 'react';
import type { Job } from '../../../electron/ipc/state.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import { Chip, type ChipProps } from '../../components/chip.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { CloseIcon, DetachIcon, DiscIcon, PackageIcon } from '../../components/icons.ts';
import { Tile } from '../../components/tile.tsx';
import { detachDevices } from '../../state/actions.ts';
import { cancelJob } from '../../state/device-actions.ts';
import { isDeferred, isHeld, isMounted, keyOf, nodeName, titleOf } from '../../state/device-facts.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { useContents } from '../../state/use-contents.ts';
import { isSystemDevice } from '../../state/system-devices.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { formatSize, showText } from '../../text/format.ts';
import { rowFacts } from '../../text/segment-text.ts';
import { describeJob } from '../../text/job-text.ts';
import { jobWords, listWords } from '../../text/words.ts';
import itemSheet from '../../components/list-item.module.css';
import { WorkLine } from '../jobs/work-line.tsx';
import sheet from './device-list.module.css';

const itemCss = pickClasses(itemSheet, ['dim']);
const css = pickClasses(sheet, ['words', 'first', 'name', 'second', 'trailing']);

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
  const asked = useUi((state) => state.deferred);
  const [chip] = rowChips(device, asked);
  const Icon = isSystemDevice(device) ? PackageIcon : DiscIcon;
  return (
    <>
      <Tile mounted={mounted}>
        <Icon />
      </Tile>
      <span className={css.words}>
        <span className={css.first}>
          <ForeignText className={css.name}>{titleOf(device)}</ForeignText>
          {chip === undefined ? null : <Chip tone={chip.tone}>{chip.text}</Chip>}
        </span>
        {job === undefined ? <SecondLine device={device} /> : <WorkLine job={job} />}
      </span>
      <RowButton device={device} job={job} />
    </>
  );
});

interface RowChip {
  readonly text: string;
  readonly tone: NonNullable<ChipProps['tone']>;
}

/** What is out of the ordinary; only the most important one has room beside the name, the details pane shows them all. */
function rowChips(device: LoopDevice, asked: ReadonlySet<string>): readonly RowChip[] {
  const chips: RowChip[] = [];
  if (device.backingFileState === 'deleted') chips.push({ text: listWords.deletedFile, tone: 'error' });
  if (isDeferred(device, asked) && !isSystemDevice(device)) chips.push({ text: listWords.detachesWhenFree, tone: 'warn' });
  if (isHeld(device)) chips.push({ text: listWords.inUse, tone: 'info' });
  return chips;
}

/** State, contents, size, node: what has no room is left out as a whole, the least important first. */
function SecondLine({ device }: DeviceRowProps): ReactElement {
  const known = useContents(device);
  const pending = useUi((state) => state.pending.get(keyOf(device)));
  const facts = rowFacts(device, known);
  const size = formatSize(BigInt(device.sizeBytes));
  const words = [...(pending === undefined ? facts : [listWords.pending[pending]]), size, nodeName(device)];
  return (
    <span className={join(itemCss.dim, css.second)}>
      {words.map((word, index) => (
        <span key={word}>
          {index === 0 ? '' : ' · '}
          <bdi>{word}</bdi>
        </span>
      ))}
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
