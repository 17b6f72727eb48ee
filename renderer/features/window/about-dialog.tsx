/** What this program is and what it runs on. */
import type { ReactElement } from 'react';
import { DialogWindow } from '../../components/dialog.tsx';
import { Row, RowGroup } from '../../components/rows.tsx';
import { useStoreState } from '../../state/react-context.ts';
import { useCloseDialog } from '../../state/own-dialog.ts';
import { aboutWords } from '../../text/dialog-words.ts';

export function AboutDialog(): ReactElement | null {
  const close = useCloseDialog();
  const app = useStoreState((state) => state.app);
  if (app === null) return null;
  return (
    <DialogWindow title={aboutWords.title} textOnly onClose={close}>
      <p>{aboutWords.text}</p>
      <RowGroup>
        <Row label={aboutWords.version(app.version)} hint={aboutWords.licence} />
        <Row label={aboutWords.host}>{aboutWords.hosts[app.host]}</Row>
        {app.features === null ? null : (
          <Row label={aboutWords.kernel}>
            <bdi dir="ltr">{app.features.kernelRelease}</bdi>
          </Row>
        )}
        {app.features === null ? null : (
          <Row label={aboutWords.machine}>
            <bdi dir="ltr">{app.features.machine}</bdi>
          </Row>
        )}
      </RowGroup>
    </DialogWindow>
  );
}
