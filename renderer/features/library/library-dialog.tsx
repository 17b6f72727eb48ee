/** A dialog about one image of the library; it closes when the image has left. */
import type { ComponentType, ReactElement } from 'react';
import { useStore } from 'zustand';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import { Banner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { usePlatter } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { libraryWords } from '../../text/library-words.ts';

export interface LibraryDialogProps {
  readonly image: LibraryImage;
  readonly onClose: () => void;
}

export function LibraryDialog({
  image: id,
  body: Body,
}: {
  readonly image: string;
  readonly body: ComponentType<LibraryDialogProps>;
}): ReactElement {
  const { library } = usePlatter();
  const image = useStore(library.store, (state) => state.images.get(id));
  const close = useCloseDialog();
  if (image !== undefined) return <Body image={image} onClose={close} />;
  return (
    <DialogWindow title={libraryWords.tab} onClose={close}>
      <Banner tone="warn" title={libraryWords.missingTitle} urgent />
    </DialogWindow>
  );
}
