/** The reference name (lo_file_name) of an attached device. */
import { useState, type ReactElement } from 'react';
import { ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { changeDevice, failureOf } from '../../state/actions.ts';
import { titleOf } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { useDialogWork } from '../../state/own-dialog.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { actionTitles } from '../../text/action-words.ts';
import { referenceWords } from '../../text/dialog-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { referenceError } from '../attach/attach-form.ts';
import type { DeviceDialogProps } from './device-dialog.tsx';

export function ReferenceDialog({ device, onClose }: DeviceDialogProps): ReactElement {
  const context = usePlatter();
  const state = useStoreState(actionExcuse);
  const [reference, setReference] = useState(device.reference?.text ?? '');
  const action = actionTitles.change(titleOf(device));
  const { failure, busy, run } = useDialogWork(action);
  const wrong = referenceError(reference);
  const change = (): Promise<void> => run(async () => failureOf(await changeDevice(context, device, { reference })));
  return (
    <DialogWindow
      title={referenceWords.title}
      onClose={onClose}
      confirm={{ label: referenceWords.confirm, run: () => void change(), busy, excuse: excuseText(state) ?? wrong }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={action} />}
      <TextField
        label={referenceWords.label}
        hint={referenceWords.hint}
        value={reference}
        onChange={setReference}
        error={wrong}
        autoFocus
      />
    </DialogWindow>
  );
}
