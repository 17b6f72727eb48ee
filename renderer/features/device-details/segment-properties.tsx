/** The piece of the map that is selected, in detail. */
import type { ReactElement } from 'react';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { DeviceSurroundings } from '../../../electron/ipc/device-page.ts';
import type { LoopDevice, Mount } from '../../../native-helper/protocol/devices.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Meter } from '../../components/meter.tsx';
import { Properties, Property } from '../../components/properties.tsx';
import { partitionName } from '../../state/device-facts.ts';
import type { Segment } from '../../state/partition-map.ts';
import { usageOfPart, type PartUsage } from '../../state/part-usage.ts';
import { partOf, partType } from '../../state/parts.ts';
import { detailWords } from '../../text/device-words.ts';
import { formatBoth, formatPercent, formatSize } from '../../text/format.ts';
import { typeName } from '../../text/mount-words.ts';
import { pageWords } from '../../text/page-words.ts';
import { describeSegment } from '../../text/segment-text.ts';
import { pickClasses } from '../../components/class-names.ts';
import type { TitleLevel } from './details-pane.tsx';
import sheet from './page.module.css';

const css = pickClasses(sheet, ['subtitle']);

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

function UsageProperty({ usage }: { readonly usage: PartUsage }): ReactElement {
  const { usedBytes, totalBytes, availableBytes } = usage;
  return (
    <Property name={pageWords.used}>
      <Meter part={usedBytes} total={totalBytes}>
        <bdi>{pageWords.usedOf(formatSize(usedBytes), formatSize(totalBytes), formatPercent(usedBytes, totalBytes))}</bdi>
        {availableBytes === null ? null : (
          <>
            {' · '}
            <bdi>{pageWords.available(formatSize(availableBytes))}</bdi>
          </>
        )}
      </Meter>
    </Property>
  );
}

interface SegmentPropertiesProps {
  readonly device: LoopDevice;
  readonly contents: Contents;
  readonly segment: Segment;
  readonly surroundings: DeviceSurroundings | null;
}

export function SegmentProperties({ device, contents, segment, surroundings }: SegmentPropertiesProps): ReactElement {
  const part = segment.kind === 'free' ? null : partOf(device, segment, contents);
  const type = part === null ? null : partType(part);
  const node = segment.kind === 'partition' ? `/dev/${partitionName(device, segment.partition)}` : null;
  const label = part?.content?.label ?? null;
  const uuid = part?.content?.uuid ?? null;
  const usage = part === null ? null : usageOfPart(part, surroundings?.mounted.usage ?? []);
  const said = describeSegment(device, segment, contents);
  return (
    <Properties>
      {type === null ? null : (
        <Property name={part?.content?.kind === 'file-system' ? detailWords.fileSystem : detailWords.contents}>
          <ForeignText>{typeName(type)}</ForeignText>
        </Property>
      )}
      {usage === null ? null : <UsageProperty usage={usage} />}
      {part === null ? null : <MountProperties mounts={part.mounts} />}
      {part === null || part.mounts.length > 0 ? null : <Property name={detailWords.state}>{said.state}</Property>}
      {label === null || label === '' ? null : (
        <Property name={detailWords.label} copy={label}>
          <ForeignText>{label}</ForeignText>
        </Property>
      )}
      {uuid === null ? null : (
        <Property name={detailWords.uuid} copy={uuid}>
          <ForeignText>{uuid}</ForeignText>
        </Property>
      )}
      {node === null ? null : (
        <Property name={detailWords.device} copy={node}>
          <ForeignText>{node}</ForeignText>
        </Property>
      )}
      {segment.kind === 'unread' ? <Property name={detailWords.device}>{detailWords.unread}</Property> : null}
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

/** `debian (loop0p2)`: what the properties below are about. */
export function SegmentTitle({
  device,
  contents,
  segment,
  level,
}: Omit<SegmentPropertiesProps, 'surroundings'> & { readonly level: TitleLevel }): ReactElement {
  const { name } = describeSegment(device, segment, contents);
  const Title = level === 'h1' ? 'h3' : 'h4';
  return (
    <Title className={css.subtitle}>
      <ForeignText>{name}</ForeignText>
      {segment.kind === 'partition' ? <bdi dir="ltr"> ({partitionName(device, segment.partition)})</bdi> : null}
    </Title>
  );
}
