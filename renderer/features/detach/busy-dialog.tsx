/** What uses a device that cannot be detached, live, and the choice to leave it to the kernel (UX.md §3.7). */
import { useState, type ReactElement } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { Button } from '../../components/button.tsx';
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
import { typeName } from '../../text/mount-words.ts';

export interface BusyDialogProps {
  readonly keys: readonly DeviceKey[];
  /** What main said keeps each of them: mount points and programs of the person. */
  readonly errors: ReadonlyMap<DeviceKey, AppErrorData>;
}

export function BusyDialog({ keys, errors }: BusyDialogProps): ReactElement {
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
  const detach = async (whenFree: boolean): Promise<void> => {
    setBusy(true);
    close();
    await detachDevices(context, devices, whenFree);
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
              run: () => void detach(!free),
              busy,
              excuse: excuseText(excuse),
            },
          })}
    >
      {first === undefined ? <p>{busyWords.gone}</p> : <p>{free ? busyWords.nowFree : lead}</p>}
      {devices.map((device) => (
        <Uses key={keyOf(device)} device={device} error={errors.get(keyOf(device))} named={many} />
      ))}
      {first === undefined || free ? null : (
        <>
          <RowGroup>
            <Row label={busyWords.ended} hint={busyWords.endedText}>
              <Button excuse={excuseText(excuse)} onPress={() => void detach(false)}>
                {busyWords.tryAgain}
              </Button>
            </Row>
          </RowGroup>
          <Banner tone="info">{busyWords.whenFreeText}</Banner>
        </>
      )}
    </DialogWindow>
  );
}

interface UsesProps {
  readonly device: LoopDevice;
  readonly error: AppErrorData | undefined;
  /** With the name of the image, where several are listed. */
  readonly named: boolean;
}

function Uses({ device, error, named }: UsesProps): ReactElement {
  const mounts = allMounts(device);
  const busy = new Set(error?.code === 'MOUNT_BUSY' ? error.detail?.mountPoints : []);
  const swap = device.usedAsSwap || device.partitions.some((partition) => partition.usedAsSwap);
  return (
    <RowGroup {...(named ? { title: `${showText(titleOf(device))} (${nodeName(device)})` } : {})}>
      {mounts.map((mount) => (
        <Row
          key={mount.mountId}
          label={<ForeignText>{mount.mountPoint.text}</ForeignText>}
          hint={busy.has(mount.mountPoint.text) ? busyWords.mountBusy : busyWords.mounted}
        >
          <bdi dir="ltr">{typeName(mount.fileSystemType)}</bdi>
        </Row>
      ))}
      {(error?.detail?.programs ?? []).map((program) => (
        <Row key={program.pid} label={<ForeignText>{program.name}</ForeignText>} hint={busyWords.program(program.pid)} />
      ))}
      {swap ? <Row label={busyWords.usedAsSwap} /> : null}
      {device.holders.map((holder) => (
        <Row key={holder} label={<ForeignText>{holder}</ForeignText>} hint={busyWords.usedBy} />
      ))}
      {isInUse(device) ? null : <Row label={busyWords.openElsewhere} />}
    </RowGroup>
  );
}
