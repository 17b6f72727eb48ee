/** One thing that is wrong with a device, in words, with the way out where there is one. */
import type { ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { changeDevice, tellFailure } from '../../state/actions.ts';
import { refreshCapacity } from '../../state/device-actions.ts';
import { nodeName, titleOf } from '../../state/device-facts.ts';
import type { DeviceWarning } from '../../../electron/ipc/device-warnings.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { rememberDirectIo } from '../../state/remembered-devices.ts';
import { actionTitles } from '../../text/action-words.ts';
import { detailWords, deviceMenuWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { formatNumber, formatSize, showText } from '../../text/format.ts';
import { warningWords } from '../../text/page-words.ts';
import { commonWords } from '../../text/words.ts';

const sizeText = (bytes: string): string => formatSize(BigInt(bytes));

export interface WarningBannerProps {
  readonly device: LoopDevice;
  readonly warning: DeviceWarning;
}

export function WarningBanner({ device, warning }: WarningBannerProps): ReactElement {
  if ('mountPoints' in warning) return <TroubleBanner kind={warning.kind} mountPoints={warning.mountPoints} />;
  switch (warning.kind) {
    case 'deleted':
    case 'replaced':
    case 'missing':
      return (
        <Banner tone="warn" title={detailWords[warning.kind]}>
          {detailWords[`${warning.kind}Text`]}
        </Banner>
      );
    case 'moved':
      return (
        <Banner tone="info" title={warningWords.moved}>
          {warningWords.movedText} <ForeignText>{warning.from}</ForeignText>
        </Banner>
      );
    case 'file-grew':
      return (
        <Banner tone="info" title={detailWords.fileGrew(sizeText(warning.fileBytes))} actions={<CapacityButton device={device} />}>
          {detailWords.fileGrewText}
        </Banner>
      );
    case 'file-shrank':
      return (
        <Banner tone="error" title={detailWords.fileShrank(sizeText(warning.fileBytes))}>
          {detailWords.fileShrankText}
        </Banner>
      );
    case 'attached-twice':
      return (
        <Banner
          tone={warning.writable ? 'warn' : 'info'}
          title={warningWords.twice(warning.numbers.map((number) => nodeName({ number })).join(', '))}
        >
          {warning.writable ? warningWords.twiceText : warningWords.twiceReadOnlyText}
        </Banner>
      );
    case 'misaligned':
      return (
        <Banner tone="warn" title={warningWords.misaligned}>
          {warningWords.misalignedText(`${formatNumber(warning.sectorBytes)} bytes`)}
        </Banner>
      );
    case 'direct-io-off':
      return (
        <Banner tone="warn" title={warningWords.directIo} actions={<DirectIoButtons device={device} />}>
          {warningWords.directIoText}
        </Banner>
      );
    case 'same-uuid':
      return (
        <Banner tone="warn" title={warningWords.sameUuid(warning.nodes.map(showText).join(', '))}>
          {warningWords.sameUuidText}
        </Banner>
      );
  }
}

function TroubleBanner({ kind, mountPoints }: Extract<DeviceWarning, { readonly mountPoints: unknown }>): ReactElement {
  const { title, text } = warningWords[kind];
  return (
    <Banner tone="error" title={title(mountPoints.map(showText).join(', '))}>
      {text}
    </Banner>
  );
}

function CapacityButton({ device }: { readonly device: LoopDevice }): ReactElement {
  const context = usePlatter();
  const excuse = excuseText(useStoreState(actionExcuse));
  return (
    <Button excuse={excuse} onPress={() => void refreshCapacity(context, device)}>
      {deviceMenuWords.capacity}
    </Button>
  );
}

/** Once more, or leave it as it is. */
function DirectIoButtons({ device }: { readonly device: LoopDevice }): ReactElement {
  const context = usePlatter();
  const excuse = excuseText(useStoreState(actionExcuse));
  const again = async (): Promise<void> => {
    const reply = await changeDevice(context, device, { directIo: true });
    if (!reply.ok) tellFailure(context, actionTitles.change(titleOf(device)), reply.error);
  };
  return (
    <>
      <Button excuse={excuse} onPress={() => void again()}>
        {commonWords.tryAgain}
      </Button>
      <Button onPress={() => rememberDirectIo(context.ui, device, false)}>{warningWords.leaveOff}</Button>
    </>
  );
}
