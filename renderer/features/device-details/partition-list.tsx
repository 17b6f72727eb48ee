/** The same data as the picture, as text, with the actions of each partition. */
import type { CSSProperties, ReactElement } from 'react';
import { GridList, GridListItem } from 'react-aria-components';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { CopyIcon, FolderOpenIcon, MoreIcon, MountIcon } from '../../components/icons.ts';
import { MenuButton } from '../../components/menu.tsx';
import { keyOf } from '../../state/device-facts.ts';
import { mountPart, opensFolders, openOrCopy, partTitle } from '../../state/mount-actions.ts';
import type { Segment } from '../../state/partition-map.ts';
import { mountExcuse, partOf, type Part } from '../../state/parts.ts';
import { usePlatter } from '../../state/react-context.ts';
import { detailWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { showText } from '../../text/format.ts';
import { mountWords } from '../../text/mount-words.ts';
import { describeSegment, type SegmentText } from '../../text/segment-text.ts';
import { useDeviceExcuse } from '../device-actions/use-device-excuse.ts';
import { useSegmentEntries } from './segment-entries.ts';
import { fillOfSegment, type PartitionMapProps } from './partition-map.tsx';
import cardSheet from '../../components/card.module.css';
import itemSheet from '../../components/list-item.module.css';
import sheet from './partition-list.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const itemCss = pickClasses(itemSheet, ['item', 'dim']);
const css = pickClasses(sheet, ['part', 'swatch', 'free', 'partWords', 'partName', 'partHint', 'partSize', 'partButtons']);

export function PartitionList({ device, contents, segments, selected, onSelect }: PartitionMapProps): ReactElement {
  return (
    <GridList
      className={cardCss.card}
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
        <PartitionRow key={segment.id} device={device} contents={contents} segment={segment} next={segments[index + 1]} />
      ))}
    </GridList>
  );
}

interface PartitionRowProps {
  readonly device: LoopDevice;
  readonly contents: Contents;
  readonly segment: Segment;
  readonly next: Segment | undefined;
}

function PartitionRow({ device, contents, segment, next }: PartitionRowProps): ReactElement {
  const said = describeSegment(device, segment, contents);
  const fill = fillOfSegment(device, segment, contents);
  const groups = useSegmentEntries({ device, contents, segment, next });
  return (
    <GridListItem id={segment.id} textValue={showText(said.sentence)} className={join(itemCss.item, css.part)}>
      <span
        className={join(css.swatch, fill === 'free' && css.free)}
        style={fill === 'free' ? {} : ({ '--fill': `var(--fill-${fill})` } as CSSProperties)}
        aria-hidden
      />
      <span className={css.partWords}>
        <span className={css.partName}>
          <ForeignText>{said.name}</ForeignText>
        </span>
        {segment.kind === 'free' ? null : <PartHint said={said} />}
      </span>
      <bdi dir="ltr" className={css.partSize}>
        {said.size}
      </bdi>
      <span className={css.partButtons}>
        {segment.kind === 'free' ? null : <PartButton device={device} part={partOf(device, segment, contents)} />}
        <MenuButton icon={<MoreIcon aria-hidden />} label={detailWords.partitionMenu(showText(said.name))} groups={groups} />
      </span>
    </GridListItem>
  );
}

function PartHint({ said }: { readonly said: SegmentText }): ReactElement {
  return (
    <span className={join(itemCss.dim, css.partHint)}>
      {said.place === null ? null : (
        <>
          <bdi>{said.place}</bdi>
          {' · '}
        </>
      )}
      {said.type === null ? null : (
        <>
          <bdi dir="ltr">{said.type}</bdi>
          {' · '}
        </>
      )}
      {said.mountPoint === null ? (
        <bdi>{said.state}</bdi>
      ) : (
        <>
          <bdi>{detailWords.mounts}</bdi> <ForeignText>{said.mountPoint}</ForeignText>
        </>
      )}
    </span>
  );
}

/** The one thing most wanted of a partition: see its files, or mount it. Nothing where neither is possible. */
function PartButton({ device, part }: { readonly device: LoopDevice; readonly part: Part }): ReactElement | null {
  const context = usePlatter();
  const now = useDeviceExcuse(device);
  const [mount] = part.mounts;
  const title = partTitle(device, part);
  if (mount !== undefined) {
    const opens = opensFolders(context);
    return (
      <Button
        tone="flat"
        label={opens ? mountWords.openThat(title) : mountWords.copyFolderOf(title)}
        onPress={() => void openOrCopy(context, device, mount)}
      >
        {opens ? <FolderOpenIcon aria-hidden /> : <CopyIcon aria-hidden />}
      </Button>
    );
  }
  const known = context.contents.store.getState().get(keyOf(device));
  if (part.content === null || mountExcuse(part, known) !== null) return null;
  return (
    <Button
      tone="flat"
      label={mountWords.mountThat(title)}
      excuse={excuseText(now)}
      onPress={() => void mountPart(context, device, part, part.readOnly)}
    >
      <MountIcon aria-hidden />
    </Button>
  );
}
