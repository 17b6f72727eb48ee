/** All about one device, most important first (UX.md §3.3). */
import { useState, type ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { DetachIcon, DiscIcon, FolderOpenIcon, GrowIcon } from '../../components/icons.ts';
import { detachDevices } from '../../state/actions.ts';
import { showInFolder } from '../../state/device-actions.ts';
import { isHeld, isMounted, keyOf, nodePath, titleOf } from '../../state/device-facts.ts';
import { growExcuse } from '../../state/excuses.ts';
import { segmentsOf } from '../../state/partition-map.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { deviceMenuWords, detailWords } from '../../text/device-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { formatSize } from '../../text/format.ts';
import { listWords } from '../../text/words.ts';
import { deviceExcuse } from '../device-actions/device-entries.ts';
import { Advanced } from './advanced.tsx';
import { DeviceBanners } from './device-banners.tsx';
import type { TitleLevel } from './details-pane.tsx';
import { PartitionMap } from './partition-map.tsx';
import { PartitionList } from './partition-list.tsx';
import { DeviceProperties, SegmentProperties } from './properties.tsx';
import { useBackingFile } from './use-backing-file.ts';
import sheet from './details.module.css';

const css = pickClasses(sheet, [
  'scroll',
  'content',
  'identity',
  'tile',
  'mounted',
  'titles',
  'name',
  'facts',
  'chips',
  'actions',
  'section',
  'sectionTitle',
]);

export interface DeviceDetailsProps {
  readonly device: LoopDevice;
  readonly level: TitleLevel;
}

export function DeviceDetails({ device, level: Title }: DeviceDetailsProps): ReactElement {
  const facts = useBackingFile(device);
  const [chosen, setChosen] = useState<string | null>(null);
  const segments = segmentsOf(device);
  const segment = segments.find((one) => one.id === chosen) ?? segments[0];
  const parted = device.partitions.length > 0;
  const SectionTitle = Title === 'h1' ? 'h2' : 'h3';
  return (
    <div className={css.scroll}>
      <div className={css.content}>
        <div className={css.identity}>
          <span className={join(css.tile, isMounted(device) && css.mounted)} aria-hidden>
            <DiscIcon />
          </span>
          <div className={css.titles}>
            <Title className={css.name} tabIndex={-1} data-pane-start>
              <ForeignText selectable>{titleOf(device)}</ForeignText>
            </Title>
            <p className={css.facts}>
              <bdi dir="ltr">{formatSize(BigInt(device.sizeBytes))}</bdi>
              {' · '}
              <bdi dir="ltr">{nodePath(device)}</bdi>
              {' · '}
              {isMounted(device) ? listWords.mounted : listWords.notMounted}
            </p>
            <div className={css.chips}>
              {device.readOnly ? <Chip>{listWords.readOnly}</Chip> : null}
              {isHeld(device) ? <Chip tone="info">{listWords.inUse}</Chip> : null}
              {device.backingFileState === 'deleted' ? <Chip tone="error">{listWords.deletedFile}</Chip> : null}
              {device.autoclear ? <Chip tone="warn">{listWords.detachesWhenFree}</Chip> : null}
            </div>
          </div>
        </div>
        <Actions device={device} />
        <DeviceBanners device={device} facts={facts} />
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{parted ? detailWords.partitions : detailWords.contents}</SectionTitle>
          <PartitionMap device={device} segments={segments} selected={segment?.id ?? null} onSelect={setChosen} />
          {parted ? <PartitionList device={device} segments={segments} selected={segment?.id ?? null} onSelect={setChosen} /> : null}
          {segment === undefined ? null : <SegmentProperties device={device} segment={segment} />}
        </section>
        <section className={css.section}>
          <SectionTitle className={css.sectionTitle}>{detailWords.properties}</SectionTitle>
          <DeviceProperties device={device} facts={facts} />
        </section>
        <Advanced device={device} level={Title === 'h1' ? 2 : 3} />
      </div>
    </div>
  );
}

function Actions({ device }: { readonly device: LoopDevice }): ReactElement {
  const context = usePlatter();
  const electron = useStoreState((state) => state.app?.host === 'electron');
  // Both stores decide about the excuse: what main says, and what is under way in this window.
  useStoreState((state) => state.app?.jobs);
  useStoreState((state) => state.app?.actions);
  useStoreState((state) => state.connection);
  useUi((state) => state.pending);
  const excuse = deviceExcuse(context, device);
  return (
    <div className={css.actions}>
      {electron ? (
        <Button onPress={() => void showInFolder(context, device)}>
          <FolderOpenIcon aria-hidden />
          {deviceMenuWords.showInFiles}
        </Button>
      ) : null}
      <Button
        excuse={excuseText(firstExcuse(excuse, growExcuse(device)))}
        onPress={() => openDialog(context.ui, { kind: 'grow', key: keyOf(device) })}
      >
        <GrowIcon aria-hidden />
        {deviceMenuWords.grow}
      </Button>
      <Button excuse={excuseText(excuse)} onPress={() => void detachDevices(context, [device])}>
        <DetachIcon aria-hidden />
        {deviceMenuWords.detach}
      </Button>
    </div>
  );
}
