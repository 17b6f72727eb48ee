/** The settings of a device, closed by default; what cannot be changed says why. */
import { useState, type ReactElement } from 'react';
import type { LoopDevice, SetParams } from '../../../native-helper/protocol/devices.ts';
import type { QueueProperties as Queue } from '../../../electron/ipc/device-page.ts';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Row, RowGroup, SelectRow, SwitchRow } from '../../components/rows.tsx';
import { changeDevice } from '../../state/actions.ts';
import { changeBackingFile, refreshCapacity, rescanPartitions } from '../../state/device-actions.ts';
import { keyOf, titleOf } from '../../state/device-facts.ts';
import {
  actionExcuse,
  autoclearExcuse,
  changeFileExcuse,
  directIoExcuse,
  rangeExcuse,
  rescanExcuse,
  scanSwitchExcuse,
  type Excuse,
} from '../../state/excuses.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { advancedWords } from '../../text/device-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { formatBoth } from '../../text/format.ts';
import { queueWords } from '../../text/page-words.ts';
import { sectorOptions } from '../../text/sector-options.ts';
import { QueueProperties } from './queue-properties.tsx';
import sheet from './page.module.css';

const css = pickClasses(sheet, ['section', 'subtitle']);

export interface AdvancedProps {
  readonly device: LoopDevice;
  /** Null: not known. */
  readonly queue: Queue | null;
  /** Level of its heading, one below that of the pane. */
  readonly level: 2 | 3;
}

export function Advanced({ device, queue, level }: AdvancedProps): ReactElement {
  return (
    <Disclosure title={advancedWords.title} level={level} section mark="advanced">
      <AdvancedRows device={device} queue={queue} />
    </Disclosure>
  );
}

function AdvancedRows({ device, queue }: Omit<AdvancedProps, 'level'>): ReactElement {
  const context = usePlatter();
  const excuse = useStoreState(actionExcuse);
  const [failure, setFailure] = useState<AppErrorData | null>(null);
  const change = async (changes: SetParams['changes']): Promise<void> => {
    setFailure(null);
    const reply = await changeDevice(context, device, changes);
    if (!reply.ok) setFailure(reply.error);
  };
  return (
    <div className={css.section}>
      {failure === null ? null : <ErrorBanner error={failure} action={actionTitles.change(titleOf(device))} />}
      <SettingSwitches device={device} excuse={excuse} change={(changes) => void change(changes)} />
      <DialogRows device={device} excuse={excuse} />
      {queue === null ? null : (
        <>
          <p className={css.subtitle}>{queueWords.title}</p>
          <QueueProperties queue={queue} />
        </>
      )}
    </div>
  );
}

interface SettingSwitchesProps {
  readonly device: LoopDevice;
  readonly excuse: Excuse | null;
  readonly change: (changes: SetParams['changes']) => void;
}

function SettingSwitches({ device, excuse, change }: SettingSwitchesProps): ReactElement {
  const largest = useStoreState((state) => state.app?.features?.largestLogicalBlockSizeBytes ?? 4096);
  const directIo = useStoreState((state) => (state.app === null ? null : directIoExcuse(state.app)));
  return (
    <RowGroup>
      <SwitchRow
        label={advancedWords.autoclear}
        hint={advancedWords.autoclearHint}
        isSelected={device.autoclear}
        onChange={(autoclear) => change({ autoclear })}
        excuse={excuseText(firstExcuse(excuse, autoclearExcuse(device)))}
      />
      <SwitchRow
        label={advancedWords.partitionScan}
        hint={advancedWords.partitionScanHint}
        isSelected={device.partitionScan}
        onChange={(partitionScan) => change({ partitionScan })}
        excuse={excuseText(firstExcuse(scanSwitchExcuse(device), excuse))}
      />
      <SwitchRow
        label={advancedWords.directIo}
        hint={advancedWords.directIoHint}
        isSelected={device.directIo}
        onChange={(on) => change({ directIo: on })}
        excuse={excuseText(firstExcuse(excuse, directIo))}
      />
      <SelectRow
        label={advancedWords.sectorSize}
        hint={advancedWords.sectorSizeHint}
        value={device.logicalBlockSizeBytes.toString()}
        options={sectorOptions(largest, device.logicalBlockSizeBytes)}
        onChange={(value) => change({ logicalBlockSizeBytes: Number(value) })}
        excuse={excuseText(firstExcuse(excuse, rangeExcuse(device)))}
      />
    </RowGroup>
  );
}

function DialogRows({ device, excuse }: { readonly device: LoopDevice; readonly excuse: Excuse | null }): ReactElement {
  const context = usePlatter();
  const app = useStoreState((state) => state.app);
  const key = keyOf(device);
  const range = excuseText(firstExcuse(excuse, rangeExcuse(device)));
  const openRange = (): void => openDialog(context.ui, { kind: 'range', key });
  const limit = device.sizeLimitBytes === '0' ? advancedWords.noLimit : formatBoth(BigInt(device.sizeLimitBytes));
  const changeFile = excuseText(firstExcuse(excuse, app === null ? null : changeFileExcuse(device, app)));
  const rescan = excuseText(firstExcuse(excuse, rescanExcuse(device)));
  return (
    <>
      <RowGroup>
        <Row label={advancedWords.offset} hint={<ValueHint value={formatBoth(BigInt(device.offsetBytes))} excuse={range} />}>
          <Button excuse={range} onPress={openRange}>
            {advancedWords.change}
          </Button>
        </Row>
        <Row label={advancedWords.sizeLimit} hint={<ValueHint value={limit} excuse={range} />}>
          <Button excuse={range} onPress={openRange}>
            {advancedWords.change}
          </Button>
        </Row>
        <Row label={advancedWords.reference} hint={<ReferenceHint device={device} />}>
          <Button excuse={excuseText(excuse)} onPress={() => openDialog(context.ui, { kind: 'reference', key })}>
            {advancedWords.change}
          </Button>
        </Row>
      </RowGroup>
      <RowGroup>
        <Row label={advancedWords.rescan} hint={rescan ?? advancedWords.rescanHint}>
          <Button excuse={rescan} onPress={() => void rescanPartitions(context, device)}>
            {advancedWords.rescanButton}
          </Button>
        </Row>
        <Row label={advancedWords.capacity} hint={advancedWords.capacityHint}>
          <Button excuse={excuseText(excuse)} onPress={() => void refreshCapacity(context, device)}>
            {advancedWords.capacityButton}
          </Button>
        </Row>
        <Row label={advancedWords.changeFile} hint={changeFile ?? advancedWords.changeFileHint}>
          <Button excuse={changeFile} onPress={() => void changeBackingFile(context, device)}>
            {advancedWords.change}
          </Button>
        </Row>
        <Row label={advancedWords.kernelView} hint={advancedWords.kernelViewHint}>
          <Button excuse={excuseText(excuse)} onPress={() => openDialog(context.ui, { kind: 'kernel-view', key })}>
            {advancedWords.open}
          </Button>
        </Row>
      </RowGroup>
    </>
  );
}

/** What is set now, and why it cannot be changed. */
function ValueHint({ value, excuse }: { readonly value: string; readonly excuse: string | undefined }): ReactElement {
  return (
    <>
      <bdi data-selectable>{value}</bdi>
      {excuse === undefined ? null : ` · ${excuse}`}
    </>
  );
}

function ReferenceHint({ device }: { readonly device: LoopDevice }): ReactElement {
  if (device.reference === null) return <>{advancedWords.onlyRoot}</>;
  if (device.reference.text === '') return <>{advancedWords.noReference}</>;
  return <ForeignText>{device.reference.text}</ForeignText>;
}
