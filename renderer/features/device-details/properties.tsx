/** Values that can be selected and copied. */
import { Fragment, type ReactElement, type ReactNode } from 'react';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { LoopDevice, Mount } from '../../../native-helper/protocol/devices.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { nodePath, partitionName } from '../../state/device-facts.ts';
import type { Segment } from '../../state/partition-map.ts';
import { detailWords } from '../../text/device-words.ts';
import { formatBoth, formatSize } from '../../text/format.ts';
import sheet from './details.module.css';

const css = pickClasses(sheet, ['properties', 'copy']);

interface PropertyProps {
  readonly name: string;
  readonly children: ReactNode;
  /** What Copy takes; without it there is nothing worth copying. */
  readonly copy?: string | undefined;
}

function Property({ name, children, copy }: PropertyProps): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-selectable>{children}</dd>
      {copy === undefined ? null : (
        <dd className={css.copy}>
          <CopyButton value={copy} label={detailWords.copyOf(name)} />
        </dd>
      )}
    </div>
  );
}

function MountProperties({ mounts }: { readonly mounts: readonly Mount[] }): ReactElement {
  return (
    <>
      {mounts.map((mount) => (
        <Property key={mount.mountId} name={detailWords.mounts} copy={mount.mountPoint.text}>
          <ForeignText>{mount.mountPoint.text}</ForeignText>
          {mount.readOnly ? ` (${detailWords.mountReadOnly})` : null}
        </Property>
      ))}
    </>
  );
}

/** The piece of the map that is selected. */
export function SegmentProperties({ device, segment }: { readonly device: LoopDevice; readonly segment: Segment }): ReactElement {
  const part = segment.kind === 'partition' ? segment.partition : segment.kind === 'whole' ? device : null;
  const types = [...new Set(part?.mounts.map((mount) => mount.fileSystemType))];
  const node = segment.kind === 'partition' ? `/dev/${partitionName(device, segment.partition)}` : null;
  return (
    <dl className={css.properties}>
      {node === null ? null : (
        <Property name={detailWords.device} copy={node}>
          <ForeignText>{node}</ForeignText>
        </Property>
      )}
      {types.length === 0 ? null : (
        <Property name={detailWords.fileSystem}>
          <ForeignText>{types.join(', ')}</ForeignText>
        </Property>
      )}
      {part === null ? null : <MountProperties mounts={part.mounts} />}
      {part === null || part.mounts.length > 0 || part.usedAsSwap ? null : (
        <Property name={detailWords.mounts}>{detailWords.notMounted}</Property>
      )}
      {part?.usedAsSwap === true ? <Property name={detailWords.usedBy}>{detailWords.usedAsSwap}</Property> : null}
      <Property name={detailWords.size} copy={segment.sizeBytes.toString()}>
        <bdi dir="ltr">{formatBoth(segment.sizeBytes)}</bdi>
      </Property>
      {segment.kind === 'whole' ? null : (
        <Property name={detailWords.start} copy={segment.startBytes.toString()}>
          <bdi dir="ltr">{formatBoth(segment.startBytes)}</bdi>
        </Property>
      )}
    </dl>
  );
}

/** The device and its image file as a whole. */
export function DeviceProperties({
  device,
  facts,
}: {
  readonly device: LoopDevice;
  readonly facts: BackingFileFacts | null;
}): ReactElement {
  const path = device.backingFile?.text;
  return (
    <dl className={css.properties}>
      <Property name={detailWords.imageFile} copy={path}>
        {path === undefined ? detailWords.unknownPath : <ForeignText>{path}</ForeignText>}
      </Property>
      {facts?.kind === 'present' ? (
        <Property name={detailWords.sizeOnDisk}>
          <Fragment>{detailWords.sizeOnDiskOf(formatSize(BigInt(facts.allocatedBytes)), formatSize(BigInt(facts.sizeBytes)))}</Fragment>
        </Property>
      ) : null}
      <Property name={detailWords.device} copy={nodePath(device)}>
        <ForeignText>{nodePath(device)}</ForeignText>
      </Property>
      {device.partitions.length === 0 ? null : (
        <Property name={detailWords.size} copy={device.sizeBytes}>
          <bdi dir="ltr">{formatBoth(BigInt(device.sizeBytes))}</bdi>
        </Property>
      )}
      <Property name={detailWords.access}>{device.readOnly ? detailWords.readOnly : detailWords.readWrite}</Property>
      <Property name={detailWords.owner}>{detailWords.owners[device.ownership]}</Property>
      {device.holders.length === 0 ? null : (
        <Property name={detailWords.usedBy} copy={device.holders.join(' ')}>
          <ForeignText>{device.holders.join(', ')}</ForeignText>
        </Property>
      )}
    </dl>
  );
}
