/** The image file and the device as a whole. */
import type { ReactElement } from 'react';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { DeviceSurroundings } from '../../../electron/ipc/device-page.ts';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Meter } from '../../components/meter.tsx';
import { Properties, Property } from '../../components/properties.tsx';
import { isOpened, nodePath } from '../../state/device-facts.ts';
import { usageOfParts } from '../../state/part-usage.ts';
import { partsOf } from '../../state/parts.ts';
import { systemKindOf } from '../../state/system-devices.ts';
import { detailWords } from '../../text/device-words.ts';
import { formatBoth, formatDateTime, formatPercent, formatSize } from '../../text/format.ts';
import { pageWords } from '../../text/page-words.ts';

export interface ImagePropertiesProps {
  readonly device: LoopDevice;
  readonly contents: Contents;
  readonly file: BackingFileFacts | null;
  readonly surroundings: DeviceSurroundings | null;
}

export function ImageProperties({ device, contents, file, surroundings }: ImagePropertiesProps): ReactElement {
  const path = device.backingFile?.text;
  const usage = usageOfParts(partsOf(device, contents), surroundings?.mounted.usage ?? []);
  return (
    <Properties>
      <Property name={pageWords.path} copy={path}>
        {path === undefined ? detailWords.unknownPath : <ForeignText>{path}</ForeignText>}
      </Property>
      {file?.kind === 'present' ? <FileSizes sizeBytes={BigInt(file.sizeBytes)} allocatedBytes={BigInt(file.allocatedBytes)} /> : null}
      {usage === null ? null : (
        <Property name={pageWords.usedInside}>
          <bdi>
            {pageWords.usedInsideOf(
              formatSize(usage.usedBytes),
              formatSize(usage.totalBytes),
              formatPercent(usage.usedBytes, usage.totalBytes),
            )}
          </bdi>
        </Property>
      )}
    </Properties>
  );
}

function FileSizes({ sizeBytes, allocatedBytes }: { readonly sizeBytes: bigint; readonly allocatedBytes: bigint }): ReactElement {
  return (
    <>
      <Property name={pageWords.fileSize} copy={sizeBytes.toString()}>
        <bdi dir="ltr">{formatBoth(sizeBytes)}</bdi>
      </Property>
      <Property name={pageWords.onDisk}>
        <Meter part={allocatedBytes} total={sizeBytes}>
          <bdi>{pageWords.onDiskOf(formatSize(allocatedBytes), formatPercent(allocatedBytes, sizeBytes))}</bdi>
        </Meter>
      </Property>
    </>
  );
}

export function DeviceProperties({ device, surroundings }: Omit<ImagePropertiesProps, 'contents' | 'file'>): ReactElement {
  return (
    <Properties>
      <Property name={detailWords.device} copy={nodePath(device)}>
        <ForeignText>{nodePath(device)}</ForeignText>
      </Property>
      <Property name={detailWords.size} copy={device.sizeBytes}>
        <bdi dir="ltr">{formatBoth(BigInt(device.sizeBytes))}</bdi>
      </Property>
      <Property name={detailWords.access}>{device.readOnly ? detailWords.readOnly : detailWords.readWrite}</Property>
      {device.autoclear && isOpened(device) ? <Property name={detailWords.detaches}>{detailWords.detachesUnmounted}</Property> : null}
      <Property name={detailWords.owner}>
        <Attacher device={device} account={surroundings?.attachedBy ?? null} />
      </Property>
      {device.attachment === null || device.attachment.at === null ? null : (
        <Property name={pageWords.attachedAt}>
          <bdi>{formatDateTime(device.attachment.at)}</bdi>
        </Property>
      )}
      {device.holders.length === 0 ? null : (
        <Property name={detailWords.usedBy} copy={device.holders.join(' ')}>
          <ForeignText>{device.holders.join(', ')}</ForeignText>
        </Property>
      )}
    </Properties>
  );
}

/** Whoever attached it, as far as that is known: by Platter's record, else by what the file is. */
function Attacher({ device, account }: { readonly device: LoopDevice; readonly account: string | null }): ReactElement {
  const { attachment, ownership } = device;
  if (attachment !== null) {
    return (
      <>
        <ForeignText>{account ?? pageWords.accountNumber(attachment.uid)}</ForeignText>
        {pageWords.withPlatter}
      </>
    );
  }
  const kind = systemKindOf(device);
  if (kind !== null) return <>{pageWords.kinds[kind]}</>;
  // To root every device is his own; without a record another program attached it.
  return <>{detailWords.owners[ownership === 'own' ? 'unknown' : ownership]}</>;
}
