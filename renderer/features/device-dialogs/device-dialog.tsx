/** Dialogs about one device: what they share is that the device may go while they are open. */
import type { ComponentType, ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Banner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import type { DeviceKey } from '../../state/device-facts.ts';
import { useDevice } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { detailWords } from '../../text/device-words.ts';

export interface DeviceDialogProps {
  readonly device: LoopDevice;
  readonly onClose: () => void;
}

export interface DeviceDialogHostProps {
  readonly deviceKey: DeviceKey;
  readonly body: ComponentType<DeviceDialogProps>;
}

export function DeviceDialog({ deviceKey, body: Body }: DeviceDialogHostProps): ReactElement {
  const device = useDevice(deviceKey);
  const close = useCloseDialog();
  if (device !== undefined) return <Body device={device} onClose={close} />;
  return (
    <DialogWindow title={detailWords.gone} onClose={close}>
      <Banner tone="warn" title={detailWords.goneElsewhere} urgent />
    </DialogWindow>
  );
}
