/** Growing a device: field, slider and pictures are one value (UX.md §3.6). */
import { useState, type CSSProperties, type ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { bytesOf, toSizeText, type SizeText } from '../../text/size-text.ts';
import { growDevice } from '../../state/device-actions.ts';
import { nodeName, titleOf, type DeviceKey } from '../../state/device-facts.ts';
import { actionExcuse, growExcuse } from '../../state/excuses.ts';
import { useDevice, usePlatter, useStoreState } from '../../state/react-context.ts';
import { closeDialog } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { growWords } from '../../text/dialog-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { formatSize, showText } from '../../text/format.ts';
import { roundUp } from '../../text/parse-size.ts';
import { useBackingFile } from '../device-details/use-backing-file.ts';
import { GrowPictures } from './grow-pictures.tsx';
import { checkGrowth, sliderRange } from './growth.ts';
import sheet from './grow.module.css';

const css = pickClasses(sheet, ['slider', 'range', 'ends', 'steps', 'note']);

export function GrowDialog({ deviceKey }: { readonly deviceKey: DeviceKey }): ReactElement {
  const context = usePlatter();
  const device = useDevice(deviceKey);
  const close = (): void => closeDialog(context.ui);
  if (device === undefined) {
    return (
      <DialogWindow title={growWords.confirm} onClose={close}>
        <Banner tone="warn" title={growWords.gone} urgent />
      </DialogWindow>
    );
  }
  return <GrowForm device={device} onClose={close} />;
}

function GrowForm({ device, onClose }: { readonly device: LoopDevice; readonly onClose: () => void }): ReactElement {
  const context = usePlatter();
  const facts = useBackingFile(device);
  const state = useStoreState(actionExcuse);
  const present = BigInt(device.sizeBytes);
  const [size, setSize] = useState<SizeText>(() => toSizeText(suggestedSize(present)));
  const [failure, setFailure] = useState<AppErrorData | null>(null);
  const [busy, setBusy] = useState(false);
  const { wanted, shown, free, checked, locked, steps } = readForm(device, facts, size);

  const grow = async (): Promise<void> => {
    if (wanted === null || checked.error !== undefined) return;
    setBusy(true);
    setFailure(null);
    const error = await growDevice(context, device, wanted);
    setBusy(false);
    if (error === null) onClose();
    else setFailure(error);
  };
  const excuse = excuseText(firstExcuse(state, growExcuse(device))) ?? (locked ? growWords.notWritable : checked.error);
  return (
    <DialogWindow
      title={growWords.title(showText(titleOf(device)))}
      size="wide"
      onClose={onClose}
      confirm={{ label: growWords.confirm, run: () => void grow(), busy, excuse }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={actionTitles.grow(titleOf(device))} />}
      {locked ? (
        <Banner tone="warn" title={growWords.notWritable}>
          {growWords.notWritableText}
        </Banner>
      ) : null}
      <GrowPictures device={device} afterBytes={shown} />
      <GrowSlider presentBytes={present} freeBytes={free} valueBytes={shown} onChange={(bytes) => setSize(toSizeText(bytes))} />
      <SizeField
        label={growWords.newSize}
        value={size}
        onChange={setSize}
        error={checked.error}
        autoFocus
        hint={growWords.added(formatSize(shown - present))}
      />
      <div className={css.steps}>
        <h3>{growWords.willDo}</h3>
        <ol>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <p className={css.note}>{growWords.keeps}</p>
      </div>
    </DialogWindow>
  );
}

/** What the typed size amounts to. */
function readForm(device: LoopDevice, facts: BackingFileFacts | null, size: SizeText) {
  const presentBytes = BigInt(device.sizeBytes);
  const offsetBytes = BigInt(device.offsetBytes);
  const sector = BigInt(Math.max(512, device.logicalBlockSizeBytes));
  const typed = bytesOf(size);
  const wanted = typed === null ? null : roundUp(typed, sector);
  const shown = wanted === null || wanted < presentBytes ? presentBytes : wanted;
  const file = facts?.kind === 'present' ? facts : null;
  const free = file === null ? null : BigInt(file.freeBytes);
  const fileBytes = file === null ? null : BigInt(file.sizeBytes);
  const end = shown + offsetBytes;
  return {
    wanted,
    shown,
    free,
    checked: checkGrowth({ presentBytes, wantedBytes: wanted, freeBytes: free, offsetBytes, fileBytes }),
    locked: file !== null && !file.writable,
    steps: growWords.steps({
      file: fileBytes !== null && end <= fileBytes ? null : formatSize(end),
      node: nodeName(device),
      limit: device.sizeLimitBytes === '0' ? null : formatSize(shown),
    }),
  };
}

/** Half as much again, in whole units of the size. */
function suggestedSize(present: bigint): bigint {
  const unit = present >= 1n << 30n ? 1n << 30n : present >= 1n << 20n ? 1n << 20n : 4096n;
  return roundUp(present + present / 2n + 1n, unit);
}

interface GrowSliderProps {
  readonly presentBytes: bigint;
  readonly freeBytes: bigint | null;
  readonly valueBytes: bigint;
  readonly onChange: (bytes: bigint) => void;
}

function GrowSlider({ presentBytes, freeBytes, valueBytes, onChange }: GrowSliderProps): ReactElement {
  const range = sliderRange(presentBytes, freeBytes, valueBytes);
  const step = range.toSteps(valueBytes);
  return (
    <div className={css.slider}>
      <input
        type="range"
        className={css.range}
        aria-label={growWords.slider}
        aria-valuetext={formatSize(valueBytes)}
        min={0}
        max={range.steps}
        value={step}
        onChange={(event) => onChange(range.toBytes(Number(event.target.value)))}
        style={{ '--part': `${(step * 100) / range.steps}%` } as CSSProperties}
      />
      <div className={css.ends}>
        <bdi dir="ltr">{formatSize(presentBytes)}</bdi>
        <bdi>{freeBytes === null ? null : growWords.free(formatSize(freeBytes))}</bdi>
        <bdi dir="ltr">{formatSize(range.largestBytes)}</bdi>
      </div>
    </div>
  );
}
