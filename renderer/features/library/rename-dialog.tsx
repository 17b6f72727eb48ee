/** Another name for an image that nobody uses. */
import { useState, type ReactElement } from 'react';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { renameInLibrary } from '../../state/library-actions.ts';
import { useDialogWork } from '../../state/own-dialog.ts';
import { usePlatter } from '../../state/react-context.ts';
import { libraryWords } from '../../text/library-words.ts';
import { changeExcuse } from './library-entries.ts';
import type { LibraryDialogProps } from './library-dialog.tsx';

/** What is wrong with a name, or undefined. */
export function nameError(name: string): string | undefined {
  if (name.trim() === '' || name === '.' || name === '..') return libraryWords.nameEmpty;
  if (name.includes('/')) return libraryWords.nameSlash;
  return new TextEncoder().encode(name).length > 255 ? libraryWords.nameLong : undefined;
}

export function RenameDialog({ image, onClose }: LibraryDialogProps): ReactElement {
  const context = usePlatter();
  const [name, setName] = useState(() => startingName(image));
  const action = libraryWords.failed.rename(image.name);
  const { failure, busy, run } = useDialogWork(action);
  const wrong = nameError(name);
  return (
    <DialogWindow
      title={libraryWords.renameTitle(image.name)}
      onClose={onClose}
      confirm={{
        label: libraryWords.renameConfirm,
        run: () => void run(() => renameInLibrary(context, image, name)),
        busy,
        excuse: changeExcuse(context, image) ?? wrong,
      }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={action} />}
      <TextField label={libraryWords.renameLabel} value={name} onChange={setName} error={wrong} autoFocus />
    </DialogWindow>
  );
}

/** Bytes that are no text cannot be typed; the name begins without them. */
function startingName({ name }: LibraryImage): string {
  return name.replaceAll('\ufffd', '');
}
