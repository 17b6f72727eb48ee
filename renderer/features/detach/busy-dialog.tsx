/** What uses a device that cannot be detached, live, and the choice to leave it to the kernel (UX.md §3.7). */
import { useState, type ReactElement } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { Banner } from '../../components/banner.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Row, RowGroup } from '../../components/rows.tsx';
import { detachDevices } from '../../state/actions.ts';
import { allMounts, isInUse, keyOf, nodeName, titleOf, type DeviceKey } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { closeDialog } from '../../state/ui-store.ts';
import { busyWords } from '../../text/dialog-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { showText } from '../../text/format.ts';

export function BusyDialog({ keys }: { readonly keys: readonly DeviceKey[] }): ReactElement {
  const context = usePlatter();
  const [busy, setBusy] = useState(false);
  const excuse = useStoreState(actionExcuse);
  const devices: readonly LoopDevice[] = useStoreState(
    useShallow((state) => (state.app?.devices ?? []).filter((device) => keys.includes(keyOf(device)))),
  );
  // Busy as far as this window can see; programs that only have the device open are known to the kernel alone.
  const [wasVisible] = useState(() => devices.some(isInUse));
  const free = wasVisible && devices.length > 0 && !devices.some(isInUse);
  const [first] = devices;
  const many = devices.length > 1;
  const lead = first !== undefined && !many ? busyWords.lead(showText(titleOf(first))) : busyWords.leadMany(devices.length);
  const close = (): void => closeDialog(context.ui);
  const detach = async (): Promise<void> => {
    setBusy(true);
    close();
    await detachDevices(context, devices, !free);
  };
  return (
    <DialogWindow
      title={busyWords.title}
      role="alertdialog"
      onClose={close}
      {...(first === undefined
        ? {}
        : {
            confirm: {
              label: free ? busyWords.now : busyWords.whenFree,
              run: () => void detach(),
              busy,
              excuse: excuseText(excuse),
            },
          })}
    >
      {first === undefined ? <p>{busyWords.gone}</p> : <p>{free ? busyWords.nowFree : lead}</p>}
      {devices.map((device) => (
        <Uses key={keyOf(device)} device={device} named={many} />
      ))}
      {first === undefined || free ? null : <Banner tone="info">{busyWords.whenFreeText}</Banner>}
    </DialogWindow>
  );
}

function Uses({ device, named }: { readonly device: LoopDevice; readonly named: boolean }): ReactElement {
  const mounts = allMounts(device);
  const swap = device.usedAsSwap || device.partitions.some((partition) => partition.usedAsSwap);
  return (
    <RowGroup {...(named ? { title: `${showText(titleOf(device))} (${nodeName(device)})` } : {})}>
      {mounts.map((mount) => (
        <Row key={mount.mountId} label={<ForeignText>{mount.mountPoint.text}</ForeignText>} hint={busyWords.mounted}>
          <bdi dir="ltr">{mount.fileSystemType}</bdi>
        </Row>
      ))}
      {swap ? <Row label={busyWords.usedAsSwap} /> : null}
      {device.holders.map((holder) => (
        <Row key={holder} label={<ForeignText>{holder}</ForeignText>} hint={busyWords.usedBy} />
      ))}
      {isInUse(device) ? null : <Row label={busyWords.openElsewhere} />}
    </RowGroup>
  );
}
