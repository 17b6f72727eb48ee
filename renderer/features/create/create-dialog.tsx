/** The dialog for a new image: what it holds, where it goes, how large it is (UX.md §3.5). */
import { useState, type ReactElement } from 'react';
import type { ImageFile } from '../../../electron/ipc/images.ts';
import type { NewContents } from '../../../electron/ipc/new-image.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { RowGroup, SwitchRow } from '../../components/rows.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { createImage } from '../../state/create-actions.ts';
import { actionExcuse, mayAskForPassword } from '../../state/excuses.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog, useDialogWork } from '../../state/own-dialog.ts';
import { createWords } from '../../text/create-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { bytesOf } from '../../text/size-text.ts';
import { checkCreation, firstForm, isSized, proposedName, type CreateForm } from './create-form.ts';
import { CopyFields, FileSystemFields, FolderFields, SizeFields } from './contents-fields.tsx';
import { PartitionFields } from './partition-fields.tsx';
import { PlaceFields, usePlace, type PlaceForm } from './place-fields.tsx';

const kinds: readonly NewContents['kind'][] = ['file-system', 'partitions', 'empty', 'folder', 'copy'];

export function CreateDialog({ copyOf }: { readonly copyOf: ImageFile | null }): ReactElement {
  const context = usePlatter();
  const [form, setForm] = useState<CreateForm>(() => (copyOf === null ? firstForm : { ...firstForm, kind: 'copy', source: copyOf }));
  const [where, setWhere] = useState<PlaceForm>({ folder: null, name: null });
  const excuse = excuseText(useStoreState(actionExcuse));
  const asks = useStoreState(mayAskForPassword);
  const place = usePlace(where, proposedName(form));
  const checked = checkCreation(form, place.facts);
  const close = useCloseDialog();
  const { failure, busy, run } = useDialogWork(createWords.failed(place.name));
  const change = (part: Partial<CreateForm>): void => setForm((before) => ({ ...before, ...part }));

  const create = async (): Promise<void> => {
    const { contents } = checked;
    const { target } = place;
    if (contents === null || target === null) return;
    const space = form.reserved && form.kind !== 'folder' ? ('reserved' as const) : ('as-needed' as const);
    const attach = form.attach && excuse === undefined;
    await run(() => createImage(context, { ...target, contents, space, attach }));
  };
  return (
    <DialogWindow
      title={createWords.title}
      onClose={close}
      confirm={{ label: createWords.confirm, run: () => void create(), busy, excuse: checked.problem ?? place.problem }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={createWords.failed(place.name)} />}
      <SelectField
        label={createWords.contents}
        value={form.kind}
        options={kinds.map((id) => ({ id, label: createWords.kinds[id], excuse: kindExcuse(id, place.facts) }))}
        onChange={(kind) => change({ kind, label: '' })}
      />
      {form.kind === 'file-system' ? <FileSystemFields form={form} change={change} errors={checked.errors} facts={place.facts} /> : null}
      {form.kind === 'folder' ? <FolderFields form={form} change={change} errors={checked.errors} facts={place.facts} /> : null}
      {form.kind === 'copy' ? <CopyFields form={form} change={change} /> : null}
      <PlaceFields place={place} change={(part) => setWhere((before) => ({ ...before, ...part }))} />
      {isSized(form.kind) ? <SizeFields form={form} change={change} errors={checked.errors} /> : null}
      <MoreThanFree form={form} freeBytes={place.facts?.freeBytes} />
      {form.kind === 'partitions' ? <PartitionFields form={form} change={change} checked={checked} facts={place.facts} /> : null}
      <RowGroup>
        <SwitchRow
          label={createWords.attach}
          {...(asks ? { hint: createWords.attachHint } : {})}
          isSelected={form.attach && excuse === undefined}
          onChange={(attach) => change({ attach })}
          excuse={excuse}
        />
      </RowGroup>
    </DialogWindow>
  );
}

function kindExcuse(kind: NewContents['kind'], facts: ReturnType<typeof usePlace>['facts']): string | undefined {
  const missing = kind === 'partitions' ? facts?.missing.tables : null;
  return missing === null || missing === undefined ? undefined : createWords.missing(missing);
}

/** A file that takes space as needed may promise more than there is: said, not refused. */
function MoreThanFree({ form, freeBytes }: { readonly form: CreateForm; readonly freeBytes: string | undefined }): ReactElement | null {
  const size = bytesOf(form.size);
  if (!isSized(form.kind) || form.reserved || size === null || freeBytes === undefined || size <= BigInt(freeBytes)) return null;
  return (
    <Banner tone="warn" title={createWords.moreThanFree}>
      {createWords.moreThanFreeText}
    </Banner>
  );
}
