/** One row of the library: two lines and one button (UX.md §3.2). Drawn again only when its image or its device changes. */
import { memo, useEffect, type ReactElement } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import type { Job } from '../../../electron/ipc/state.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import { Chip, type ChipProps } from '../../components/chip.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { CloseIcon, DetachIcon, DiscIcon, MissingIcon, MountIcon, PackageIcon } from '../../components/icons.ts';
import { Tile } from '../../components/tile.tsx';
import { detachDevices } from '../../state/actions.ts';
import { cancelJob } from '../../state/device-actions.ts';
import { isMounted } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { attachFromLibrary } from '../../state/library-actions.ts';
import { devicesOf } from '../../state/library-view.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { showText } from '../../text/format.ts';
import { describeJob } from '../../text/job-text.ts';
import { contentText, libraryWords, sizeText, usedText } from '../../text/library-words.ts';
import { jobWords } from '../../text/words.ts';
import { WorkLine } from '../jobs/work-line.tsx';
import { fileExcuse } from './library-entries.ts';
import itemSheet from '../../components/list-item.module.css';
import sheet from './library.module.css';

const itemCss = pickClasses(itemSheet, ['dim']);
const css = pickClasses(sheet, ['words', 'first', 'name', 'second', 'folder', 'trailing']);
const NONE: readonly LoopDevice[] = [];

export interface LibraryRowProps {
  readonly image: LibraryImage;
  /** Midnight of today, so that rows are drawn anew once a day and not each second. */
  readonly nowMs: number;
}

/** Devices that have it attached now. */
export function useDevicesOf(image: LibraryImage): readonly LoopDevice[] {
  return useStoreState(useShallow((state) => (state.app === null ? NONE : devicesOf(image, state.app.devices))));
}

/** Asks what is in it, each time that its file has become another. */
export function useContentOf({ id, state, content, sizeBytes, modifiedAt, inode }: LibraryImage): void {
  const { library } = usePlatter();
  const wanted = content === null && state === 'present';
  useEffect(() => {
    if (wanted) library.look([id]);
  }, [library, wanted, id, sizeBytes, modifiedAt, inode]);
}

export const LibraryRow = memo(function LibraryRow({ image, nowMs }: LibraryRowProps): ReactElement {
  const devices = useDevicesOf(image);
  useContentOf(image);
  const job = useStoreState((state) => state.app?.jobs.find((one) => one.image === image.id && one.state.kind === 'running'));
  const [chip] = libraryChips(image, devices);
  const packed = image.content?.kind === 'known' && image.content.format !== 'raw';
  const Icon = image.state === 'present' ? (packed ? PackageIcon : DiscIcon) : MissingIcon;
  const facts = [sizeText(image), contentText(image.content), usedText(image.lastUsedAt, nowMs)].filter((fact) => fact !== null);
  return (
    <>
      <Tile mounted={devices.some(isMounted)}>
        <Icon />
      </Tile>
      <span className={css.words}>
        <span className={css.first}>
          <ForeignText className={css.name}>{image.name}</ForeignText>
          {chip === undefined ? null : <Chip tone={chip.tone}>{chip.short ?? chip.text}</Chip>}
        </span>
        {job === undefined ? (
          <span className={`${css.second} ${itemCss.dim}`}>
            <ForeignText className={css.folder}>{shortFolder(image.folder)}</ForeignText>
            {facts.map((fact) => (
              <span key={fact}>
                {' · '}
                <bdi>{fact}</bdi>
              </span>
            ))}
          </span>
        ) : (
          <WorkLine job={job} />
        )}
      </span>
      {job === undefined ? <RowButton image={image} devices={devices} /> : <CancelButton job={job} />}
    </>
  );
});

/** The end of a path says more than its beginning; the whole is in the details. */
function shortFolder(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1) || folder;
}

export interface LibraryChip {
  readonly text: string;
  /** Where there is little room. */
  readonly short?: string;
  readonly tone: NonNullable<ChipProps['tone']>;
}

/** What is out of the ordinary, the most important first. */
export function libraryChips({ state, verified }: LibraryImage, devices: readonly LoopDevice[]): readonly LibraryChip[] {
  const chips: LibraryChip[] = [];
  if (state === 'missing') chips.push({ text: libraryWords.missing, tone: 'warn' });
  if (state === 'unreachable') chips.push({ text: libraryWords.unreachable, tone: 'warn' });
  if (devices.length > 0) chips.push({ text: libraryWords.attached, tone: 'info' });
  if (verified?.current === true && verified.outcome === 'differs') chips.push({ text: libraryWords.differs, tone: 'error' });
  const changed = verified?.current === false && state === 'present' && devices.length === 0;
  if (changed) chips.push({ text: libraryWords.changedSince, short: libraryWords.changed, tone: 'warn' });
  if (verified?.current === true && verified.outcome === 'matches') chips.push({ text: libraryWords.verified, tone: 'plain' });
  return chips;
}

function CancelButton({ job }: { readonly job: Job }): ReactElement | null {
  const context = usePlatter();
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

function RowButton({ image, devices }: { readonly image: LibraryImage; readonly devices: readonly LoopDevice[] }): ReactElement {
  const context = usePlatter();
  const excuse = excuseText(useStoreState(actionExcuse));
  const shown = showText(image.name);
  if (devices.length > 0) {
    return (
      <Button
        tone="flat"
        label={libraryWords.detachNamed(shown)}
        className={css.trailing}
        excuse={excuse}
        onPress={() => void detachDevices(context, devices)}
      >
        <DetachIcon aria-hidden />
      </Button>
    );
  }
  return (
    <Button
      tone="flat"
      label={libraryWords.attachNamed(shown)}
      className={css.trailing}
      excuse={excuse ?? fileExcuse(image)}
      onPress={() => void attachFromLibrary(context, image)}
    >
      <MountIcon aria-hidden />
    </Button>
  );
}
