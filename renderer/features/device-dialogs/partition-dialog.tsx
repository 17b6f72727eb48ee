/** Telling the kernel of a partition, or of a new size of one (BLKPG); the image is not touched. */
import { useState, type ReactElement } from 'react';
import type { SetPartitionParams } from '../../../native-helper/protocol/devices.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { bytesOf, toSizeText } from '../../text/size-text.ts';
import { failureOf, targetOf } from '../../state/actions.ts';
import { toDecimalText } from '../../state/decimal-text.ts';
import { withPending } from '../../state/device-actions.ts';
import { partitionName } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { useDialogWork } from '../../state/own-dialog.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import type { DialogState } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { partitionWords } from '../../text/dialog-words.ts';
import { detailWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { formatSize } from '../../text/format.ts';
import { fieldWords } from '../../text/words.ts';
import type { DeviceDialogProps } from './device-dialog.tsx';

export type PartitionRequest = Extract<DialogState, { readonly kind: 'partition' }>;

/** The kernel counts partitions in sectors of 512 bytes. */
function sizeError(bytes: bigint | null, largest: bigint, mayBeZero: boolean): string | undefined {
  if (bytes === null) return fieldWords.notASize;
  if (bytes === 0n && !mayBeZero) return partitionWords.zero;
  if (bytes > largest) return partitionWords.tooLarge;
  return bytes % 512n === 0n ? undefined : partitionWords.unaligned;
}

export interface PartitionDialogProps extends DeviceDialogProps {
  readonly request: PartitionRequest;
}

export function PartitionDialog({ device, onClose, request }: PartitionDialogProps): ReactElement {
  const context = usePlatter();
  const state = useStoreState(actionExcuse);
  const adding = request.action === 'add';
  const [number, setNumber] = useState(request.partition.toString());
  const [start, setStart] = useState(() => toSizeText(request.startBytes));
  const [size, setSize] = useState(() => toSizeText(request.sizeBytes));
  const action = adding ? actionTitles.addPartition : actionTitles.resizePartition;
  const { failure, busy, run: work } = useDialogWork(action);

  const startBytes = bytesOf(start);
  const sizeBytes = bytesOf(size);
  const end = request.startBytes + request.roomBytes;
  const taken = device.partitions.some((partition) => partition.number.toString() === number);
  const wrongNumber =
    adding && (!/^[1-9]\d{0,4}$/u.test(number) || Number(number) > 65_535 || taken) ? partitionWords.numberError : undefined;
  const tooEarly = startBytes !== null && startBytes < request.startBytes ? partitionWords.tooLarge : undefined;
  const wrongStart = adding ? (sizeError(startBytes, end, true) ?? tooEarly) : undefined;
  const wrongSize = sizeError(sizeBytes, end - (startBytes ?? request.startBytes), false);

  const run = async (): Promise<void> => {
    if (startBytes === null || sizeBytes === null) return;
    const common = { ...targetOf(device), sizeBytes: toDecimalText(sizeBytes) };
    const params: SetPartitionParams = adding
      ? { action: 'add', ...common, partition: Number(number), startBytes: toDecimalText(startBytes) }
      : { action: 'resize', ...common, partition: request.partition };
    await work(async () => failureOf(await withPending(context, device, () => context.api.devicesSetPartition(params))));
  };
  const name = partitionName(device, { number: request.partition });
  const excuse = excuseText(state) ?? wrongNumber ?? wrongStart ?? wrongSize;
  return (
    <DialogWindow
      title={adding ? partitionWords.add : partitionWords.resize(name)}
      onClose={onClose}
      confirm={{ label: adding ? partitionWords.confirmAdd : partitionWords.confirmResize, run: () => void run(), busy, excuse }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={action} />}
      {adding ? <TextField label={partitionWords.number} value={number} onChange={setNumber} error={wrongNumber} autoFocus /> : null}
      {adding ? <SizeField label={partitionWords.start} value={start} onChange={setStart} error={wrongStart} /> : null}
      <SizeField
        label={partitionWords.size}
        value={size}
        onChange={setSize}
        error={wrongSize}
        hint={partitionWords.room(formatSize(request.roomBytes))}
        autoFocus={!adding}
      />
      <Banner tone="info">{detailWords.kernelOnly}</Banner>
    </DialogWindow>
  );
}
