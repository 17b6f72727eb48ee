/** All about one device, most important first (UX.md §3.3). */
import { useState, type ReactElement } from 'react';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { MountTrouble, SameUuid } from '../../../electron/ipc/device-page.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { pickClasses } from '../../components/class-names.ts';
import { listedSegments, segmentsOf, type Segment } from '../../state/partition-map.ts';
import { uuidsOf } from '../../../electron/ipc/device-warnings.ts';
import { useContents, useRenewedContents } from '../../state/use-contents.ts';
import { detailWords } from '../../text/device-words.ts';
import { pageWords } from '../../text/page-words.ts';
import { Advanced } from './advanced.tsx';
import { DeviceBanners } from './device-banners.tsx';
import { DeviceButtons } from './device-buttons.tsx';
import { DeviceIdentity } from './device-identity.tsx';
import type { TitleLevel } from './details-pane.tsx';
import { InUseBy } from './in-use-by.tsx';
import { PartitionMap } from './partition-map.tsx';
import { PartitionList } from './partition-list.tsx';
import { DeviceProperties, ImageProperties } from './device-properties.tsx';
import { SegmentProperties, SegmentTitle } from './segment-properties.tsx';
import { Throughput } from './throughput.tsx';
import { useBackingFile } from './use-backing-file.ts';
import { useSurroundings } from './use-surroundings.ts';
import sheet from './page.module.css';

const css = pickClasses(sheet, ['scroll', 'content', 'section', 'sectionTitle']);
const NOTHING_KNOWN: Contents = [];
const NONE_SAME: readonly SameUuid[] = [];
const NO_TROUBLES: readonly MountTrouble[] = [];

export interface DeviceDetailsProps {
  readonly device: LoopDevice;
  readonly level: TitleLevel;
}

export function DeviceDetails({ device, level }: DeviceDetailsProps): ReactElement {
  const file = useBackingFile(device);
  const [chosen, setChosen] = useState<string | null>(null);
  const known = useContents(device);
  useRenewedContents(device);
  const contents = known?.contents ?? NOTHING_KNOWN;
  const surroundings = useSurroundings(device, uuidsOf(contents));
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
        <DeviceBanners
          device={device}
          file={file}
          contents={contents}
          sameUuid={surroundings?.sameUuid ?? NONE_SAME}
          troubles={surroundings?.mounted.troubles ?? NO_TROUBLES}
          unfinished={surroundings?.unfinishedResize ?? null}
          contentsError={known?.error ?? null}
        />
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{parted ? detailWords.partitions : detailWords.contents}</SectionTitle>
          <PartitionMap device={device} contents={contents} segments={drawn} selected={selected} onSelect={setChosen} />
          {parted ? <PartitionList device={device} contents={contents} segments={listed} selected={selected} onSelect={setChosen} /> : null}
          {parted && segment !== undefined ? <SegmentTitle device={device} contents={contents} segment={segment} level={level} /> : null}
          {segment === undefined ? null : (
            <SegmentProperties device={device} contents={contents} segment={segment} surroundings={surroundings} />
          )}
        </section>
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{pageWords.inUseBy}</SectionTitle>
          <InUseBy device={device} />
        </section>
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{pageWords.activity}</SectionTitle>
          <Throughput device={device} />
        </section>
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{pageWords.imageFile}</SectionTitle>
          <ImageProperties device={device} contents={contents} file={file} surroundings={surroundings} />
        </section>
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{pageWords.device}</SectionTitle>
          <DeviceProperties device={device} surroundings={surroundings} />
        </section>
        <Advanced device={device} queue={surroundings?.queue ?? null} level={level === 'h1' ? 2 : 3} />
      </div>
    </div>
  );
}

/** The piece with the most room: what people look for is seldom on a boot partition. */
function largestOf(segments: readonly Segment[]): Segment | undefined {
  const used = segments.filter((segment) => segment.kind !== 'free');
  return used.toSorted((left, right) => (left.sizeBytes < right.sizeBytes ? 1 : -1))[0] ?? segments[0];
}
