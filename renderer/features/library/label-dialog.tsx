/** A new label, or a new identifier, for a file system in an image. */
import { useState, type ReactElement } from 'react';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import { fileSystemRules, findLabelProblem, type FileSystemName } from '../../../electron/ipc/file-systems.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { RowGroup, SelectRow, SwitchRow } from '../../components/rows.tsx';
import { failureOf, settle } from '../../state/actions.ts';
import { useDialogWork } from '../../state/own-dialog.ts';
import { usePlatter } from '../../state/react-context.ts';
import { pushToast } from '../../state/ui-store.ts';
import { checkWords, labelWords } from '../../text/maintenance-words.ts';
import { useInspection } from '../inspection/use-inspection.ts';
import type { LibraryDialogProps } from './library-dialog.tsx';
import { changeExcuse } from './library-entries.ts';
import { labelledInPartitions, labelledTypes, placesOf, placeText, type FileSystemPlace } from './use-file-systems.ts';

export function LabelDialog(props: LibraryDialogProps): ReactElement {
  const { image, onClose } = props;
  const inspected = useInspection(image);
  const places =
    inspected.kind === 'ready'
      ? placesOf(inspected.inspection, labelledTypes).filter((one) => one.partition === null || labelledInPartitions.has(one.content.type))
      : [];
  const [first] = places;
  if (first !== undefined) return <LabelForm {...props} places={places} first={first} />;
  return (
    <DialogWindow title={labelWords.title(image.name)} onClose={onClose}>
      {inspected.kind === 'failed' ? <ErrorBanner error={inspected.error} action={labelWords.failed(image.name)} /> : null}
      {inspected.kind === 'looking' ? <p role="status">{checkWords.looking}</p> : null}
      {inspected.kind === 'ready' ? <Banner tone="info" title={labelWords.none} /> : null}
    </DialogWindow>
  );
}

/** What libblkid calls FAT has its rules under another name. */
function rulesOf(type: string): FileSystemName {
  const name = type === 'vfat' ? 'fat' : type;
  return Object.hasOwn(fileSystemRules, name) ? (name as FileSystemName) : 'ext4';
}

interface LabelFormProps extends LibraryDialogProps {
  readonly places: readonly FileSystemPlace[];
  readonly first: FileSystemPlace;
}

function LabelForm({ image, onClose, places, first }: LabelFormProps): ReactElement {
  const context = usePlatter();
  const [place, setPlace] = useState(first);
  const present = place.content.label ?? '';
  const [label, setLabel] = useState(present);
  const [newUuid, setNewUuid] = useState(false);
  const { failure, busy, run } = useDialogWork(labelWords.failed(image.name));
  const problem = label === present ? null : findLabelProblem(label, fileSystemRules[rulesOf(place.content.type)].label);
  const wrong = problem === null ? undefined : labelWords.problems[problem];
  const unchanged = label === present && !newUuid ? labelWords.unchanged : undefined;
  const choose = (id: string): void => {
    const next = places.find((one) => one.id === id) ?? first;
    setPlace(next);
    setLabel(next.content.label ?? '');
  };
  const change = async (): Promise<AppErrorData | null> => {
    const uuid = newUuid ? 'random' : null;
    const reply = await settle(
      context.api.imagesRelabel({ image: image.id, partition: place.partition, label: label === present ? null : label, uuid }),
    );
    if (reply.ok) pushToast(context.ui, { text: labelWords.done(image.name) });
    return failureOf(reply);
  };
  return (
    <DialogWindow
      title={labelWords.title(image.name)}
      onClose={onClose}
      confirm={{ label: labelWords.confirm, run: () => void run(change), busy, excuse: changeExcuse(context, image) ?? wrong ?? unchanged }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={labelWords.failed(image.name)} />}
      <PlaceChoice places={places} place={place} onChange={choose} />
      <TextField label={labelWords.label} hint={labelWords.hint} value={label} onChange={setLabel} error={wrong} autoFocus />
      <RowGroup>
        <SwitchRow
          label={labelWords.newUuid}
          hint={
            place.content.uuid === null ? labelWords.newUuidHint : `${labelWords.newUuidHint}. ${labelWords.present(place.content.uuid)}`
          }
          isSelected={newUuid}
          onChange={setNewUuid}
        />
      </RowGroup>
    </DialogWindow>
  );
}

interface PlaceChoiceProps {
  readonly places: readonly FileSystemPlace[];
  readonly place: FileSystemPlace;
  readonly onChange: (id: string) => void;
}

function PlaceChoice({ places, place, onChange }: PlaceChoiceProps): ReactElement | null {
  if (places.length === 1) return null;
  const options = places.map((one) => ({ id: one.id, label: placeText(one) }));
  return (
    <RowGroup>
      <SelectRow label={checkWords.what} value={place.id} options={options} onChange={onChange} />
    </RowGroup>
  );
}
