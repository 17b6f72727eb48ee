/** The dialog that shows what is in an image file, attached or not. */
import type { ReactElement } from 'react';
import type { ImageFile } from '../../../electron/ipc/images.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Row, RowGroup } from '../../components/rows.tsx';
import { showDevice } from '../../state/actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { openDialog } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { attachWords } from '../../text/dialog-words.ts';
import { inspectWords } from '../../text/inspection-words.ts';
import { InspectionNotes } from './inspection-notes.tsx';
import { InspectionView } from './inspection-view.tsx';
import { useInspection } from './use-inspection.ts';

export function InspectDialog({ image }: { readonly image: ImageFile }): ReactElement {
  const context = usePlatter();
  const close = useCloseDialog();
  const inspected = useInspection(image);
  const inspection = inspected.kind === 'ready' ? inspected.inspection : null;
  const present = inspection?.attachedAs[0];
  const attach = (): void => openDialog(context.ui, { kind: 'attach', image });
  const show = (number: number): void => {
    close();
    showDevice(context, number);
  };
  return (
    <DialogWindow title={inspectWords.title} size="wide" onClose={close}>
      <RowGroup>
        <Row label={<ForeignText>{image.name}</ForeignText>} hint={<ForeignText>{image.folder}</ForeignText>}>
          {present === undefined ? (
            <Button onPress={attach}>{inspectWords.attach}</Button>
          ) : (
            <Button onPress={() => show(present)}>{attachWords.show(`loop${present}`)}</Button>
          )}
        </Row>
      </RowGroup>
      {inspected.kind === 'looking' ? <p role="status">{inspectWords.looking}</p> : null}
      {inspected.kind === 'failed' ? <ErrorBanner error={inspected.error} action={actionTitles.describe} /> : null}
      {inspection === null ? null : (
        <>
          <InspectionNotes image={image} inspection={inspection} />
          <InspectionView inspection={inspection} />
        </>
      )}
    </DialogWindow>
  );
}
