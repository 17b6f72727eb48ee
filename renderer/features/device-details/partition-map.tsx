/** The picture of a device: a horizontal list of its pieces, wide as they are large (UX.md §3.3). */
import type { CSSProperties, ReactElement } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { LockIcon } from '../../components/icons.ts';
import { titleOf } from '../../state/device-facts.ts';
import type { FillKind, Segment } from '../../state/partition-map.ts';
import { partFill, partOf } from '../../state/parts.ts';
import { detailWords } from '../../text/device-words.ts';
import { showText } from '../../text/format.ts';
import { describeSegment } from '../../text/segment-text.ts';
import cardSheet from '../../components/card.module.css';
import sheet from './partition-map.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const css = pickClasses(sheet, ['map', 'whole', 'segment', 'free', 'segmentName', 'segmentSize']);

export interface PartitionMapProps {
  readonly device: LoopDevice;
  /** What libblkid found; empty as long as that is not known. */
  readonly contents: Contents;
  readonly segments: readonly Segment[];
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

export function fillOfSegment(device: LoopDevice, segment: Segment, contents: Contents): FillKind {
  return segment.kind === 'free' ? 'free' : partFill(partOf(device, segment, contents));
}

export function PartitionMap({ device, contents, segments, selected, onSelect }: PartitionMapProps): ReactElement {
  return (
    <ListBox
      className={join(cardCss.card, css.map, segments.length === 1 && css.whole)}
      aria-label={detailWords.map(showText(titleOf(device)))}
      orientation="horizontal"
      selectionMode="single"
      selectionBehavior="replace"
      disallowEmptySelection
      selectedKeys={selected === null ? [] : [selected]}
      onSelectionChange={(keys) => {
        const [key] = keys;
        if (key !== undefined) onSelect(String(key));
      }}
    >
      {segments.map((segment) => (
        <MapSegment key={segment.id} device={device} contents={contents} segment={segment} />
      ))}
    </ListBox>
  );
}

interface MapSegmentProps {
  readonly device: LoopDevice;
  readonly contents: Contents;
  readonly segment: Segment;
}

function MapSegment({ device, contents, segment }: MapSegmentProps): ReactElement {
  const said = describeSegment(device, segment, contents);
  const fill = fillOfSegment(device, segment, contents);
  // Relative to a thousand parts of the device: flex-grow takes a double, sizes may be larger than one holds exactly.
  const total = BigInt(device.sizeBytes);
  const share = total === 0n ? 1 : Math.max(1, Number((segment.sizeBytes * 1000n) / total));
  return (
    <ListBoxItem
      id={segment.id}
      textValue={showText(said.sentence)}
      aria-label={showText(said.sentence)}
      className={join(css.segment, fill === 'free' && css.free)}
      style={{ flexGrow: share, ...(fill === 'free' ? {} : { '--fill': `var(--fill-${fill})` }) } as CSSProperties}
    >
      <span className={css.segmentName}>
        {fill === 'luks' ? <LockIcon aria-hidden /> : null}
        <ForeignText>{said.short}</ForeignText>
      </span>{' '}
      <span className={css.segmentSize}>
        <bdi dir="ltr">{said.size}</bdi>
      </span>
    </ListBoxItem>
  );
}
