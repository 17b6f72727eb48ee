/** What is done most often with a device, the likeliest first (UX.md §3.1). */
import type { ReactElement } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { CopyIcon, DetachIcon, FolderOpenIcon, GrowIcon, MountIcon, UnmountIcon } from '../../components/icons.ts';
import { detachDevices } from '../../state/actions.ts';
import type { KnownContents } from '../../state/contents.ts';
import { openResize } from '../../state/device-actions.ts';
import { resizeExcuse } from '../../state/excuses.ts';
import { opensFolders, openOrCopy, toggleMount } from '../../state/mount-actions.ts';
import { mountChoice, mountToOpen } from '../../state/parts.ts';
import { usePlatter } from '../../state/react-context.ts';
import { deviceMenuWords } from '../../text/device-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { mountWords } from '../../text/mount-words.ts';
import { useDeviceExcuse } from '../device-actions/use-device-excuse.ts';
import sheet from './page.module.css';

const css = pickClasses(sheet, ['actions']);

export interface DeviceButtonsProps {
  readonly device: LoopDevice;
  readonly known: KnownContents | undefined;
  /** Partition that is looked at: its files are what Open shows. Null: none in particular. */
  readonly chosen: number | null;
}

export function DeviceButtons({ device, known, chosen }: DeviceButtonsProps): ReactElement {
  const context = usePlatter();
  const excuse = useDeviceExcuse(device);
  const { mounted, mountable, excuse: mountExcuse } = mountChoice(device, known);
  const mount = mountToOpen(device, chosen);
  const opens = opensFolders(context);
  return (
    <div className={css.actions}>
      {mount === null ? null : (
        <Button tone={opens ? 'accent' : 'raised'} onPress={() => void openOrCopy(context, device, mount)}>
          {opens ? <FolderOpenIcon aria-hidden /> : <CopyIcon aria-hidden />}
          {opens ? mountWords.open : mountWords.copyPath}
        </Button>
      )}
      {mounted.length === 0 ? (
        <Button
          tone={mountable.length > 0 ? 'accent' : 'raised'}
          excuse={excuseText(firstExcuse(excuse, mountable.length === 0 ? mountExcuse : null))}
          onPress={() => void toggleMount(context, device)}
        >
          <MountIcon aria-hidden />
          {mountable.length > 1 ? mountWords.mountAll : mountWords.mount}
        </Button>
      ) : (
        <Button excuse={excuseText(excuse)} onPress={() => void toggleMount(context, device)}>
          <UnmountIcon aria-hidden />
          {mounted.length > 1 ? mountWords.unmountAll : mountWords.unmount}
        </Button>
      )}
      <Button excuse={excuseText(firstExcuse(excuse, resizeExcuse(device)))} onPress={() => openResize(context, device)}>
        <GrowIcon aria-hidden />
        {deviceMenuWords.resize}
      </Button>
      <Button excuse={excuseText(excuse)} onPress={() => void detachDevices(context, [device])}>
        <DetachIcon aria-hidden />
        {deviceMenuWords.detach}
      </Button>
    </div>
  );
}
