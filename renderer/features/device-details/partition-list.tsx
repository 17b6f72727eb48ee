/** The same data as the picture, as text, with the actions of each partition. */
import type { CSSProperties, ReactElement } from 'react';
import { GridList, GridListItem } from 'react-aria-components';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { MoreIcon } from '../../components/icons.ts';
import { MenuButton, type MenuEntry } from '../../components/menu.tsx';
import { deletePartition } from '../../state/device-actions.ts';
import { keyOf, partitionName } from '../../state/device-facts.ts';
import type { Segment } from '../../state/partition-map.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { actionExcuse, type Excuse } from '../../state/excuses.ts';
import { openDialog } from '../../state/ui-store.ts';
import { deviceMenuWords, detailWords } from '../../text/device-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { showText } from '../../text/format.ts';
import { describeSegment } from '../../text/segment-text.ts';
import { fillOfSegment, type PartitionMapProps } from './partition-map.tsx';
import sheet from './details.module.css';

const css = pickClasses(sheet, ['parts', 'part', 'swatch', 'free', 'partWords', 'partName', 'partHint', 'partSize']);

export function PartitionList({ device, segments, selected, onSelect }: PartitionMapProps): ReactElement {
  return (
    <GridList
      className={css.parts}
      aria-label={detailWords.partitions}
      selectionMode="single"
      selectionBehavior="replace"
      disallowEmptySelection
      selectedKeys={selected === null ? [] : [selected]}
      onSelectionChange={(keys) => {
        const [key] = keys;
        if (key !== undefined) onSelect(String(key));
      }}
    >
      {segments.map((segment, index) => (
        <PartitionRow key={segment.id} device={device} segment={segment} next={segments[index + 1]} />
      ))}
    </GridList>
  );
}

interface PartitionRowProps {
  readonly device: LoopDevice;
  readonly segment: Segment;
  readonly next: Segment | undefined;
}

function PartitionRow({ device, segment, next }: PartitionRowProps): ReactElement {
  const said = describeSegment(device, segment);
  const fill = fillOfSegment(device, segment);
  const entries = usePartitionEntries(device, segment, next);
  const place = said.mountPoint === null ? null : detailWords.mountedAt('');
  return (
    <GridListItem id={segment.id} textValue={showText(said.sentence)} className={css.part}>
      <span
        className={join(css.swatch, fill === 'free' && css.free)}
        style={fill === 'free' ? {} : ({ '--fill': `var(--fill-${fill})` } as CSSProperties)}
        aria-hidden
      />
      <span className={css.partWords}>
        <span className={css.partName}>{said.name}</span>
        {segment.kind === 'free' ? null : (
          <span className={css.partHint}>
            {said.type === null ? null : (
              <>
                <bdi dir="ltr">{said.type}</bdi>
                {' · '}
              </>
            )}
            {said.mountPoint === null ? (
              detailWords.notMounted
            ) : (
              <>
                {place}
                <ForeignText>{said.mountPoint}</ForeignText>
              </>
            )}
          </span>
        )}
      </span>
      <bdi dir="ltr" className={css.partSize}>
        {said.size}
      </bdi>
      <MenuButton icon={<MoreIcon aria-hidden />} label={detailWords.partitionMenu(said.name)} groups={[entries]} />
    </GridListItem>
  );
}

function usePartitionEntries(device: LoopDevice, segment: Segment, next: Segment | undefined): readonly MenuEntry[] {
  const context = usePlatter();
  const excuse = useStoreState(actionExcuse);
  const withExcuse = (...excuses: readonly (Excuse | null)[]) => {
    const text = excuseText(firstExcuse(...excuses));
    return text === undefined ? {} : { excuse: text };
  };
  if (segment.kind === 'whole') return [];
  if (segment.kind === 'free') {
    const numbers = new Set(device.partitions.map((partition) => partition.number));
    let number = 1;
    while (numbers.has(number)) number += 1;
    const add = (): void =>
      openDialog(context.ui, {
        kind: 'partition',
        key: keyOf(device),
        action: 'add',
        partition: number,
        startBytes: segment.startBytes,
        sizeBytes: segment.sizeBytes,
        roomBytes: segment.sizeBytes,
      });
    return [{ id: 'add', label: deviceMenuWords.addPartition, run: add, ...withExcuse(excuse) }];
  }
  const { partition } = segment;
  const mounted = partition.mounts.length > 0 ? 'mounted' : null;
  const room = segment.sizeBytes + (next?.kind === 'free' ? next.sizeBytes : 0n);
  const resize = (): void =>
    openDialog(context.ui, {
      kind: 'partition',
      key: keyOf(device),
      action: 'resize',
      partition: partition.number,
      startBytes: segment.startBytes,
      sizeBytes: segment.sizeBytes,
      roomBytes: room,
    });
  return [
    { id: 'resize', label: detailWords.resizePartition, run: resize, ...withExcuse(excuse) },
    {
      id: `delete-${partitionName(device, partition)}`,
      label: detailWords.deletePartition,
      danger: true,
      run: () => void deletePartition(context, device, partition.number),
      ...withExcuse(excuse, mounted),
    },
  ];
}
