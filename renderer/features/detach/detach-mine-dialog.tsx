/** Detaches everything this user attached, after a list of it. */
import { useEffect, useState, type ReactElement } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { DeviceTarget, LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Banner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Row, RowGroup } from '../../components/rows.tsx';
import { detachDevices, settle } from '../../state/actions.ts';
import { isMounted, keyOf, nodeName, titleOf } from '../../state/device-facts.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { describeError } from '../../text/describe-error.ts';
import { formatSize } from '../../text/format.ts';
import { mineWords } from '../../text/holder-words.ts';
import { listWords } from '../../text/words.ts';

export function DetachMineDialog(): ReactElement {
  const context = usePlatter();
  const [mine, setMine] = useState<readonly DeviceTarget[] | null>(null);
  const [failure, setFailure] = useState<AppErrorData | null>(null);
  useEffect(() => {
    void settle(context.api.detachesMine({})).then((reply) => (reply.ok ? setMine(reply.value) : setFailure(reply.error)));
  }, [context]);
  const wanted = new Set((mine ?? []).map(({ device, diskseq }) => `${device}:${diskseq}`));
  const devices: readonly LoopDevice[] = useStoreState(
    useShallow((state) => (state.app?.devices ?? []).filter((device) => wanted.has(keyOf(device)))),
  );
  const close = useCloseDialog();
  const detach = (): void => {
    close();
    void detachDevices(context, devices);
  };
  return (
    <DialogWindow
      title={mineWords.title}
      role="alertdialog"
      onClose={close}
      {...(devices.length === 0 ? {} : { confirm: { label: mineWords.confirm, run: detach } })}
    >
      {failure === null ? (
        <p role="status">{mine === null ? mineWords.looking : devices.length === 0 ? mineWords.none : mineWords.lead(devices.length)}</p>
      ) : (
        <Banner tone="error" title={mineWords.failed}>
          {describeError(failure).happened}
        </Banner>
      )}
      {devices.length === 0 ? null : (
        <RowGroup title={mineWords.list}>
          {devices.map((device) => (
            <Row
              key={keyOf(device)}
              label={<ForeignText>{titleOf(device)}</ForeignText>}
              hint={
                <bdi dir="ltr">
                  {nodeName(device)} · {formatSize(BigInt(device.sizeBytes))}
                </bdi>
              }
            >
              {isMounted(device) ? listWords.mounted : null}
            </Row>
          ))}
        </RowGroup>
      )}
    </DialogWindow>
  );
}
