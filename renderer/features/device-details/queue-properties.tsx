/** Properties of the request queue: what the kernel makes of the device's sectors, requests and discards. */
import type { ReactElement } from 'react';
import type { QueueProperties as Queue } from '../../../electron/ipc/device-page.ts';
import { Properties, Property } from '../../components/properties.tsx';
import { formatNumber, formatSize } from '../../text/format.ts';
import { queueWords } from '../../text/page-words.ts';

export function QueueProperties({ queue }: { readonly queue: Queue }): ReactElement {
  const { discardGranularityBytes, discardMaximumBytes, optimalIoBytes } = queue;
  const size = (bytes: number): string => formatSize(BigInt(bytes));
  const discards = discardMaximumBytes !== '0';
  return (
    <Properties>
      <Property name={queueWords.sectors}>
        <bdi>{queueWords.sectorsOf(size(queue.logicalBlockBytes), size(queue.physicalBlockBytes))}</bdi>
      </Property>
      <Property name={queueWords.ioSize}>
        <bdi>{queueWords.ioSizeOf(size(queue.minimumIoBytes), size(queue.requestMaximumBytes))}</bdi>
        {optimalIoBytes === 0 ? null : <>, {queueWords.optimal(size(optimalIoBytes))}</>}
      </Property>
      <Property name={queueWords.discard}>
        {discards ? (
          <bdi>{queueWords.discardOf(size(discardGranularityBytes), formatSize(BigInt(discardMaximumBytes)))}</bdi>
        ) : (
          queueWords.noDiscard
        )}
      </Property>
      <Property name={queueWords.writeCache}>{queueWords.writeCaches[queue.writeCache]}</Property>
      <Property name={queueWords.readAhead}>
        <bdi dir="ltr">{size(queue.readAheadBytes)}</bdi>
      </Property>
      <Property name={queueWords.scheduler}>
        <bdi dir="ltr">{queue.scheduler}</bdi>
      </Property>
      <Property name={queueWords.depth}>{formatNumber(queue.queueDepth)}</Property>
    </Properties>
  );
}
