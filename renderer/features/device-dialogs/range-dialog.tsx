/** Offset and size limit of an attached device. */
import { useState, type ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { bytesOf, toSizeText } from '../../text/size-text.ts';
import { changeDevice, failureOf } from '../../state/actions.ts';
import { toDecimalText } from '../../state/decimal-text.ts';
import { titleOf } from '../../state/device-facts.ts';
import { actionExcuse, rangeExcuse } from '../../state/excuses.ts';
import { useDialogWork } from '../../state/own-dialog.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { actionTitles } from '../../text/action-words.ts';
import { attachWords, rangeWords } from '../../text/dialog-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { formatBoth, formatNumber } from '../../text/format.ts';
import { fieldWords } from '../../text/words.ts';
import { useBackingFile } from '../device-details/use-backing-file.ts';
import type { DeviceDialogProps } from './device-dialog.tsx';

const LARGEST = 2n ** 63n - 1n;

/** `fileBytes`: null where it is not known; the helper looks once more. */
function errorOf(bytes: bigint | null, device: LoopDevice, fileBytes: bigint | null): string | undefined {
  if (bytes === null) return fieldWords.notASize;
  if (bytes > LARGEST) return rangeWords.negative;
  const sector = BigInt(device.logicalBlockSizeBytes);
  if (sector !== 0n && bytes % sector !== 0n) return attachWords.unaligned(formatNumber(sector));
  return fileBytes !== null && bytes > fileBytes ? attachWords.beyondEnd : undefined;
}

/** How large the device will be; null where the size of the file is not known. */
function sizeOf(fileBytes: bigint | null, offsetBytes: bigint | null, limitBytes: bigint | null): bigint | null {
  if (fileBytes === null || offsetBytes === null || limitBytes === null) return null;
  const room = fileBytes - offsetBytes;
  const size = limitBytes === 0n || limitBytes > room ? room : limitBytes;
  return size < 0n ? null : (size / 512n) * 512n;
}

export function RangeDialog({ device, onClose }: DeviceDialogProps): ReactElement {
  const context = usePlatter();
  const state = useStoreState(actionExcuse);
  const [offset, setOffset] = useState(() => toSizeText(BigInt(device.offsetBytes)));
  const [limit, setLimit] = useState(() => toSizeText(BigInt(device.sizeLimitBytes)));
  const action = actionTitles.change(titleOf(device));
  const { failure, busy, run } = useDialogWork(action);
  const offsetBytes = bytesOf(offset);
  const limitBytes = bytesOf(limit);
  const file = useBackingFile(device);
  const fileBytes = file?.kind === 'present' ? BigInt(file.sizeBytes) : null;
  const offsetError = errorOf(offsetBytes, device, fileBytes === null ? null : fileBytes - 512n);
  const limitError = errorOf(limitBytes, device, fileBytes === null ? null : fileBytes - (offsetBytes ?? 0n));
  const sizeBytes = sizeOf(fileBytes, offsetBytes, limitBytes);

  const change = async (): Promise<void> => {
    if (offsetBytes === null || limitBytes === null) return;
    const changes = { offsetBytes: toDecimalText(offsetBytes), sizeLimitBytes: toDecimalText(limitBytes) };
    await run(async () => failureOf(await changeDevice(context, device, changes)));
  };
  const excuse = excuseText(firstExcuse(state, rangeExcuse(device))) ?? offsetError ?? limitError;
  return (
    <DialogWindow
      title={rangeWords.title}
      onClose={onClose}
      confirm={{ label: rangeWords.confirm, run: () => void change(), busy, excuse }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={action} />}
      <SizeField
        label={rangeWords.offset}
        hint={attachWords.offsetHint}
        value={offset}
        onChange={setOffset}
        error={offsetError}
        autoFocus
      />
      <SizeField label={rangeWords.sizeLimit} hint={attachWords.sizeLimitHint} value={limit} onChange={setLimit} error={limitError} />
      {sizeBytes === null || offsetError !== undefined || limitError !== undefined ? null : (
        <p>{rangeWords.outcome(formatBoth(sizeBytes))}</p>
      )}
      <p>{rangeWords.text}</p>
    </DialogWindow>
  );
}
