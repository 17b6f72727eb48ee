/** All about one device, most important first (UX.md §3.3). */
import { useState, type ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Chip } from '../../components/chip.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { isDeferred, isHeld, isMounted, nodePath, titleOf } from '../../state/device-facts.ts';
import { listedSegments, segmentsOf, type Segment } from '../../state/partition-map.ts';
import { useUi } from '../../state/react-context.ts';
import { useContents, useRenewedContents } from '../../state/use-contents.ts';
import { detailWords } from '../../text/device-words.ts';
import { formatSize } from '../../text/format.ts';
import { listWords } from '../../text/words.ts';
import { Advanced } from './advanced.tsx';
import { DeviceBanners } from './device-banners.tsx';
import { DeviceButtons } from './device-buttons.tsx';
import { Identity } from './identity.tsx';
import type { TitleLevel } from './details-pane.tsx';
import { PartitionMap } from './partition-map.tsx';
import { PartitionList } from './partition-list.tsx';
import { DeviceProperties, SegmentProperties } from './properties.tsx';
import { useBackingFile } from './use-backing-file.ts';
import sheet from './page.module.css';

const css = pickClasses(sheet, ['scroll', 'content', 'section', 'sectionTitle']);

export interface DeviceDetailsProps {
  readonly device: LoopDevice;
  readonly level: TitleLevel;
}

export function DeviceDetails({ device, level }: DeviceDetailsProps): ReactElement {
  const facts = useBackingFile(device);
  const [chosen, setChosen] = useState<string | null>(null);
  const known = useContents(device);
  useRenewedContents(device);
  const contents = known?.contents ?? [];
  const drawn = segmentsOf(device, contents);
  const listed = listedSegments(device, contents);
  const parted = drawn.some((one) => one.kind !== 'whole');
  const segment = listed.find((one) => one.id === chosen) ?? largestOf(drawn);
  const selected = segment?.id ?? null;
  const SectionTitle = level === 'h1' ? 'h2' : 'h3';
  return (
    <div className={css.scroll}>
      <div className={css.content}>
        <DeviceIdentity device={device} level={level} />
        <DeviceButtons device={device} known={known} chosen={segment?.kind === 'partition' ? segment.partition.number : null} />
        <DeviceBanners device={device} facts={facts} contentsError={known?.error ?? null} />
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{parted ? detailWords.partitions : detailWords.contents}</SectionTitle>
          <PartitionMap device={device} contents={contents} segments={drawn} selected={selected} onSelect={setChosen} />
          {parted ? <PartitionList device={device} contents={contents} segments={listed} selected={selected} onSelect={setChosen} /> : null}
          {segment === undefined ? null : <SegmentProperties device={device} contents={contents} segment={segment} />}
        </section>
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{detailWords.properties}</SectionTitle>
          <DeviceProperties device={device} facts={facts} />
        </section>
        <Advanced device={device} level={level === 'h1' ? 2 : 3} />
      </div>
    </div>
  );
}

function DeviceIdentity({ device, level }: DeviceDetailsProps): ReactElement {
  const asked = useUi((state) => state.deferred);
  return (
    <Identity
      level={level}
      mounted={isMounted(device)}
      title={<ForeignText selectable>{titleOf(device)}</ForeignText>}
      facts={
        <>
          <bdi dir="ltr">{formatSize(BigInt(device.sizeBytes))}</bdi>
          {' · '}
          <bdi dir="ltr">{nodePath(device)}</bdi>
          {' · '}
          {isMounted(device) ? listWords.mounted : listWords.notMounted}
        </>
      }
      chips={
        <>
          {device.readOnly ? <Chip>{listWords.readOnly}</Chip> : null}
          {isHeld(device) ? <Chip tone="info">{listWords.inUse}</Chip> : null}
          {device.backingFileState === 'deleted' ? <Chip tone="error">{listWords.deletedFile}</Chip> : null}
          {isDeferred(device, asked) ? <Chip tone="warn">{listWords.detachesWhenFree}</Chip> : null}
        </>
      }
    />
  );
}

/** The piece with the most room: what people look for is seldom on a boot partition. */
function largestOf(segments: readonly Segment[]): Segment | undefined {
  const used = segments.filter((segment) => segment.kind !== 'free');
  return used.toSorted((left, right) => (left.sizeBytes < right.sizeBytes ? 1 : -1))[0] ?? segments[0];
}
