/** What can be done with an image, the most wanted first; the rest is in the menu at its head. */
import type { ReactElement } from 'react';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { CheckupIcon, DetachIcon, FolderOpenIcon, MountIcon, VerifyIcon } from '../../components/icons.ts';
import { detachDevices } from '../../state/actions.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { openFromLibrary } from '../../state/library-actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { deviceMenuWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { libraryWords } from '../../text/library-words.ts';
import { checkWords, verifyWords } from '../../text/maintenance-words.ts';
import { fileExcuse, insideExcuse } from './library-entries.ts';
import pageSheet from '../device-details/page.module.css';

const page = pickClasses(pageSheet, ['actions']);

export interface LibraryButtonsProps {
  readonly image: LibraryImage;
  readonly devices: readonly LoopDevice[];
}

export function LibraryButtons({ image, devices }: LibraryButtonsProps): ReactElement {
  const context = usePlatter();
  const now = excuseText(useStoreState(actionExcuse));
  const excuse = now ?? fileExcuse(image);
  return (
    <div className={page.actions}>
      <Button tone="accent" excuse={excuse} onPress={() => void openFromLibrary(context, image)}>
        <FolderOpenIcon aria-hidden />
        {libraryWords.open}
      </Button>
      {devices.length > 0 ? (
        <Button excuse={now} onPress={() => void detachDevices(context, devices)}>
          <DetachIcon aria-hidden />
          {deviceMenuWords.detach}
        </Button>
      ) : (
        <Button excuse={excuse} onPress={() => openDialog(context.ui, { kind: 'attach', image })}>
          <MountIcon aria-hidden />
          {libraryWords.attachWith}
        </Button>
      )}
      <Button excuse={fileExcuse(image)} onPress={() => openDialog(context.ui, { kind: 'library-verify', image: image.id })}>
        <VerifyIcon aria-hidden />
        {verifyWords.menu}
      </Button>
      <Button excuse={insideExcuse(image)} onPress={() => openDialog(context.ui, { kind: 'library-check', image: image.id })}>
        <CheckupIcon aria-hidden />
        {checkWords.menu}
      </Button>
    </div>
  );
}
