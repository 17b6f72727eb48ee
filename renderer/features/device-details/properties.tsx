/** Values that can be selected and copied. */
import { Fragment, type ReactElement } from 'react';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { LoopDevice, Mount } from '../../../native-helper/protocol/devices.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Properties, Property } from '../../components/properties.tsx';
import { isOpened, nodePath, partitionName } from '../../state/device-facts.ts';
import type { Segment } from '../../state/partition-map.ts';
import { partOf, partType } from '../../state/parts.ts';
import { detailWords } from '../../text/device-words.ts';
import { formatBoth, formatSize } from '../../text/format.ts';
import { typeName } from '../../text/mount-words.ts';
import { describeSegment } from '../../text/segment-text.ts';
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

interface SegmentPropertiesProps {
  readonly device: LoopDevice;
  readonly contents: Contents;
  readonly segment: Segment;
}

/** The piece of the map that is selected. */
export function SegmentProperties({ device, contents, segment }: SegmentPropertiesProps): ReactElement {
  const part = segment.kind === 'free' ? null : partOf(device, segment, contents);
  const type = part === null ? null : partType(part);
  const node = segment.kind === 'partition' ? `/dev/${partitionName(device, segment.partition)}` : null;
  const label = part?.content?.label ?? null;
  const uuid = part?.content?.uuid ?? null;
  const said = describeSegment(device, segment, contents);
  return (
    <Properties>
      {node === null ? null : (
        <Property name={detailWords.device} copy={node}>
          <ForeignText>{node}</ForeignText>
        </Property>
      )}
      {segment.kind === 'unread' ? <Property name={detailWords.device}>{detailWords.unread}</Property> : null}
      {type === null ? null : (
        <Property name={part?.content?.kind === 'file-system' ? detailWords.fileSystem : detailWords.contents}>
          <ForeignText>{typeName(type)}</ForeignText>
        </Property>
      )}
      {label === null || label === '' ? null : (
        <Property name={detailWords.label} copy={label}>
          <ForeignText>{label}</ForeignText>
        </Property>
      )}
      {part === null ? null : <MountProperties mounts={part.mounts} />}
      {part === null || part.mounts.length > 0 ? null : <Property name={detailWords.state}>{said.state}</Property>}
      {uuid === null ? null : (
        <Property name={detailWords.uuid} copy={uuid}>
          <ForeignText>{uuid}</ForeignText>
        </Property>
      )}
      <Property name={detailWords.size} copy={segment.sizeBytes.toString()}>
        <bdi dir="ltr">{formatBoth(segment.sizeBytes)}</bdi>
      </Property>
      {segment.kind === 'whole' ? null : (
        <Property name={detailWords.start} copy={segment.startBytes.toString()}>
          <bdi dir="ltr">{formatBoth(segment.startBytes)}</bdi>
        </Property>
      )}
    </Properties>
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
    <Properties>
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
      {device.autoclear && isOpened(device) ? <Property name={detailWords.detaches}>{detailWords.detachesUnmounted}</Property> : null}
      <Property name={detailWords.owner}>{detailWords.owners[device.ownership]}</Property>
      {device.holders.length === 0 ? null : (
        <Property name={detailWords.usedBy} copy={device.holders.join(' ')}>
          <ForeignText>{device.holders.join(', ')}</ForeignText>
        </Property>
      )}
    </Properties>
  );
}
