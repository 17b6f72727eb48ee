/** The part of the attach dialog that says which file it is and what is in it. */
import type { ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { ImageDescription, ImageFile } from '../../../electron/ipc/images.ts';
import type { Inspection } from '../../../electron/ipc/inspection.ts';
import { ErrorBanner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { FolderOpenIcon } from '../../components/icons.ts';
import { Row, RowGroup } from '../../components/rows.tsx';
import { remedyOf } from '../../state/actions.ts';
import { chooseImages } from '../../state/device-actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { actionTitles } from '../../text/action-words.ts';
import { attachWords } from '../../text/dialog-words.ts';
import { formatSize } from '../../text/format.ts';
import { formatWords, inspectWords, summaryParts } from '../../text/inspection-words.ts';
import type { Inspected } from '../inspection/use-inspection.ts';

export function AttachFile({ image, description, inspected }: FileProps): ReactElement {
  const context = usePlatter();
  const chooseOther = async (): Promise<void> => {
    const [other] = await chooseImages(context, false);
    if (other !== undefined) openDialog(context.ui, { kind: 'attach', image: other });
  };
  return (
    <RowGroup>
      <Row
        label={<ForeignText>{image.name}</ForeignText>}
        hint={<FileHint image={image} description={description} inspected={inspected} />}
      >
        {inspected.kind === 'ready' ? (
          <Button onPress={() => openDialog(context.ui, { kind: 'inspect', image })}>{inspectWords.details}</Button>
        ) : null}
        <Button tone="flat" label={attachWords.other} onPress={() => void chooseOther()}>
          <FolderOpenIcon aria-hidden />
        </Button>
      </Row>
    </RowGroup>
  );
}

interface ConfirmFacts {
  readonly showOnly: boolean;
  readonly isAttached: boolean;
  readonly inspection: Inspection | null;
}

/** What the button says: it attaches also what is none, or nothing that is known, and then says so. */
export function confirmLabel({ showOnly, isAttached, inspection }: ConfirmFacts): string {
  if (showOnly) return attachWords.confirmShow;
  if (isAttached) return attachWords.confirmAgain;
  const isDoubtful = inspection !== null && (inspection.format.kind !== 'raw' || isEmpty(inspection));
  return isDoubtful ? attachWords.confirmAnyway : attachWords.confirm;
}

interface FileProps {
  readonly image: ImageFile;
  readonly description: ImageDescription | null;
  readonly inspected: Inspected;
}

function FileHint({ image, description, inspected }: FileProps): ReactElement {
  const size =
    description === null
      ? attachWords.looking
      : attachWords.size(formatSize(BigInt(description.sizeBytes)), formatSize(BigInt(description.allocatedBytes)));
  return (
    <>
      <ForeignText>{image.folder}</ForeignText>
      <br />
      <bdi>{description?.isBlockDevice === true ? `${attachWords.blockDevice}, ${size}` : size}</bdi>
      <br />
      <bdi role="status">{contentsText(inspected)}</bdi>
    </>
  );
}

/** The line stands from the start, so that nothing moves when it is filled. */
function contentsText(inspected: Inspected): string {
  if (inspected.kind === 'looking') return inspectWords.looking;
  if (inspected.kind === 'failed') return attachWords.unknownContents;
  const { inspection } = inspected;
  if (inspection.format.kind !== 'raw') return formatWords(inspection.format).title;
  return summaryParts(inspection).join(' · ');
}

function isEmpty({ format, whole, table }: Inspection): boolean {
  return format.kind === 'raw' && table === null && whole?.kind === 'nothing';
}

/** With what can be done about it, where something can. */
export function AttachFailure({ image, error }: { readonly image: ImageFile; readonly error: AppErrorData }): ReactElement {
  const remedy = remedyOf(usePlatter(), image, error);
  const offer = remedy === null ? undefined : <Button onPress={remedy.run}>{remedy.label}</Button>;
  return <ErrorBanner error={error} action={actionTitles.attach(image.name)} actions={offer} />;
}

/** The image can be attached all the same: only what is in it is not known. */
export function InspectionFailure({ error }: { readonly error: AppErrorData }): ReactElement {
  return <ErrorBanner error={error} action={actionTitles.inspect} urgent={false} />;
}
