/** A new image of another size with the same files, where what is in the image cannot be resized in place. */
import { useMemo, useState, type ReactElement } from 'react';
import type { ResizeSubjectParams } from '../../../electron/ipc/resize-methods.ts';
import type { ResizeFacts } from '../../../electron/ipc/resize.ts';
import { planRebuild } from '../../../electron/resize/planning/rebuild.ts';
import { readGeometry, layoutOf } from '../../../electron/resize/planning/geometry.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { rebuildImage } from '../../state/create-actions.ts';
import { toDecimalText } from '../../state/decimal-text.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { useDialogWork } from '../../state/own-dialog.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { formatSize, showText } from '../../text/format.ts';
import { refusalText, resizeWords } from '../../text/resize-words.ts';
import { bytesOf, toSizeText, type SizeText } from '../../text/size-text.ts';
import { missingExcuse } from '../create/contents-fields.tsx';
import { PlaceFields, usePlace, type PlaceForm } from '../create/place-fields.tsx';
import { suggestedSize } from './suggested-size.ts';

export interface RebuildFormProps {
  readonly subject: ResizeSubjectParams;
  readonly name: string;
  readonly facts: ResizeFacts;
  readonly onClose: () => void;
}

export function RebuildForm({ subject, name, facts, onClose }: RebuildFormProps): ReactElement {
  const context = usePlatter();
  const helper = excuseText(useStoreState(actionExcuse));
  const [size, setSize] = useState<SizeText>(() => toSizeText(suggestedSize(facts)));
  const [where, setWhere] = useState<PlaceForm>({ folder: null, name: null });
  const { failure, busy, run } = useDialogWork(resizeWords.newFailed(showText(name)));
  const place = usePlace(where, name);
  const wanted = bytesOf(size);
  const plan = useMemo(() => planRebuild(facts, { kind: 'to', sizeBytes: String(wanted ?? facts.sizeBytes) }), [facts, wanted]);
  const refused = plan.refusal === null ? undefined : refusalText(plan.refusal, layoutOf(readGeometry(facts), facts.whole));
  const isWritten = facts.device !== null && !facts.device.readOnly;
  const missing = plan.fileSystem === null ? undefined : missingExcuse(place.facts?.missing.fileSystems[plan.fileSystem]);
  const excuse = helper ?? (isWritten ? resizeWords.newAttached : (refused ?? missing ?? place.problem));

  const make = async (): Promise<void> => {
    const { target } = place;
    if (target !== null) await run(() => rebuildImage(context, { subject, sizeBytes: toDecimalText(BigInt(plan.sizeBytes)), ...target }));
  };
  return (
    <DialogWindow
      title={resizeWords.newTitle(showText(name))}
      size="wide"
      onClose={onClose}
      confirm={{ label: resizeWords.newConfirm, run: () => void make(), busy, excuse }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={resizeWords.newFailed(showText(name))} />}
      {isWritten ? <Banner tone="warn" title={resizeWords.newAttached} /> : null}
      <p>{resizeWords.newText}</p>
      <SizeField
        label={resizeWords.newSize}
        value={size}
        onChange={setSize}
        error={refused}
        hint={resizeWords.smallest(formatSize(BigInt(plan.smallestBytes)))}
        autoFocus
      />
      <PlaceFields place={place} change={(part) => setWhere((before) => ({ ...before, ...part }))} />
    </DialogWindow>
  );
}
