/** The folders of the library: what was found in each, and adding and removing them. */
import { useState, type ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { LibraryFolder } from '../../../electron/ipc/library.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { CloseIcon, FolderIcon } from '../../components/icons.ts';
import { Row, RowGroup } from '../../components/rows.tsx';
import { addFolder, removeFolder } from '../../state/library-actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { libraryWords } from '../../text/library-words.ts';

const NONE: readonly LibraryFolder[] = [];

export function FoldersDialog(): ReactElement {
  const context = usePlatter();
  const close = useCloseDialog();
  const folders = useStoreState((state) => state.app?.library.folders ?? NONE);
  const [failure, setFailure] = useState<AppErrorData | null>(null);
  const remove = async (folder: LibraryFolder): Promise<void> => setFailure(await removeFolder(context, folder));
  return (
    <DialogWindow title={libraryWords.foldersTitle} onClose={close}>
      {failure === null ? null : <ErrorBanner error={failure} action={libraryWords.failed.removeFolder} />}
      <p>{libraryWords.foldersText}</p>
      <RowGroup>
        {folders.length === 0 ? <Row label={libraryWords.noFolders} /> : null}
        {folders.map((folder) => (
          <Row
            key={folder.id}
            label={<ForeignText>{folder.path}</ForeignText>}
            hint={
              <>
                {libraryWords.folderStates[folder.state](folder.images)}
                {folder.cut ? ` · ${libraryWords.folderCut}` : null}
              </>
            }
          >
            <Button tone="flat" label={libraryWords.removeFolder(folder.path)} onPress={() => void remove(folder)}>
              <CloseIcon aria-hidden />
            </Button>
          </Row>
        ))}
      </RowGroup>
      <div>
        <Button onPress={() => void addFolder(context)}>
          <FolderIcon aria-hidden />
          {libraryWords.addFolder}
        </Button>
      </div>
    </DialogWindow>
  );
}
