/** The dialog that is open, and the folder dialog above it. */
import type { ReactElement } from 'react';
import { DialogContext } from '../../state/own-dialog.ts';
import { useUi } from '../../state/react-context.ts';
import type { DialogState } from '../../state/ui-store.ts';
import { AttachDialog } from '../attach/attach-dialog.tsx';
import { ConvertDialog } from '../convert/convert-dialog.tsx';
import { ExportDialog } from '../convert/export-dialog.tsx';
import { CreateDialog } from '../create/create-dialog.tsx';
import { BusyDialog } from '../detach/busy-dialog.tsx';
import { DetachMineDialog } from '../detach/detach-mine-dialog.tsx';
import { DeviceDialog, type DeviceDialogProps } from '../device-dialogs/device-dialog.tsx';
import { KernelViewDialog } from '../device-dialogs/kernel-view.tsx';
import { PartitionDialog, type PartitionRequest } from '../device-dialogs/partition-dialog.tsx';
import { RangeDialog } from '../device-dialogs/range-dialog.tsx';
import { ReferenceDialog } from '../device-dialogs/reference-dialog.tsx';
import { FolderDialog } from '../file-browser/folder-dialog.tsx';
import { CheckDialog } from '../library/check-dialog.tsx';
import { LabelDialog } from '../library/label-dialog.tsx';
import { VerifyDialog } from '../library/verify-dialog.tsx';
import { FoldersDialog } from '../library/folders-dialog.tsx';
import { LibraryDialog } from '../library/library-dialog.tsx';
import { RenameDialog } from '../library/rename-dialog.tsx';
import { InspectDialog } from '../inspection/inspect-dialog.tsx';
import { NodesDialog } from '../nodes/nodes-dialog.tsx';
import { PaletteDialog } from '../palette/palette-dialog.tsx';
import { ShortcutsDialog } from '../palette/shortcuts-dialog.tsx';
import { PreferencesDialog } from '../preferences/preferences-dialog.tsx';
import { ResizeDialog } from '../resize/resize-dialog.tsx';
import { AboutDialog } from './about-dialog.tsx';

export function Dialogs(): ReactElement {
  const dialog = useUi((state) => state.dialog);
  const chooser = useUi((state) => state.chooser);
  return (
    <>
      {dialog === null ? null : (
        <DialogContext value={dialog} key={serialOf(dialog)}>
          <OpenDialog dialog={dialog} />
        </DialogContext>
      )}
      {chooser === null ? null : <FolderDialog request={chooser} />}
    </>
  );
}

const serials = new WeakMap<DialogState, number>();
let lastSerial = 0;

/** Another dialog begins anew, also where it is of the same kind. */
function serialOf(dialog: DialogState): number {
  const known = serials.get(dialog);
  if (known !== undefined) return known;
  lastSerial += 1;
  serials.set(dialog, lastSerial);
  return lastSerial;
}

function OpenDialog({ dialog }: { readonly dialog: DialogState }): ReactElement {
  switch (dialog.kind) {
    case 'attach':
      return <AttachDialog image={dialog.image} />;
    case 'inspect':
      return <InspectDialog image={dialog.image} />;
    case 'create':
      return <CreateDialog copyOf={dialog.copyOf ?? null} />;
    case 'convert':
      return <ConvertDialog image={dialog.image} />;
    case 'export':
      return <ExportDialog image={dialog.image} />;
    case 'busy':
      return <BusyDialog runs={dialog.runs} />;
    case 'resize':
      return <ResizeDialog subject={dialog.subject} name={dialog.name} />;
    case 'range':
      return <DeviceDialog deviceKey={dialog.key} body={RangeDialog} />;
    case 'reference':
      return <DeviceDialog deviceKey={dialog.key} body={ReferenceDialog} />;
    case 'kernel-view':
      return <DeviceDialog deviceKey={dialog.key} body={KernelViewDialog} />;
    case 'partition':
      return <PartitionDialogOf request={dialog} />;
    case 'library-rename':
      return <LibraryDialog image={dialog.image} body={RenameDialog} />;
    case 'library-verify':
      return <LibraryDialog image={dialog.image} body={VerifyDialog} />;
    case 'library-check':
      return <LibraryDialog image={dialog.image} body={CheckDialog} />;
    case 'library-label':
      return <LibraryDialog image={dialog.image} body={LabelDialog} />;
    case 'library-folders':
      return <FoldersDialog />;
    case 'detach-mine':
      return <DetachMineDialog />;
    case 'nodes':
      return <NodesDialog />;
    case 'preferences':
      return <PreferencesDialog />;
    case 'shortcuts':
      return <ShortcutsDialog />;
    case 'palette':
      return <PaletteDialog />;
    case 'about':
      return <AboutDialog />;
  }
}

function PartitionDialogOf({ request }: { readonly request: PartitionRequest }): ReactElement {
  const Body = (props: DeviceDialogProps): ReactElement => <PartitionDialog {...props} request={request} />;
  return <DeviceDialog deviceKey={request.key} body={Body} />;
}
