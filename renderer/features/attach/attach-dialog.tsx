/** The dialog before an image is attached: what the file is, and how to attach it (UX.md §3.4). */
import { useState, type ReactElement } from 'react';
import type { ImageDescription, ImageFile } from '../../../electron/ipc/images.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { DialogWindow } from '../../components/dialog.tsx';
import { TextField } from '../../components/fields.tsx';
import { RowGroup, SelectRow, SwitchRow } from '../../components/rows.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { attachImage, failureOf, remedyOf, showDevice } from '../../state/actions.ts';
import { actionExcuse, directIoExcuse } from '../../state/excuses.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog, useDialogWork } from '../../state/own-dialog.ts';
import { actionTitles } from '../../text/action-words.ts';
import { attachWords } from '../../text/dialog-words.ts';
import { advancedWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { sectorOptions } from '../../text/sector-options.ts';
import { InspectionNotes } from '../inspection/inspection-notes.tsx';
import { useInspection } from '../inspection/use-inspection.ts';
import { AttachFailure, AttachFile, confirmLabel, InspectionFailure } from './attach-file.tsx';
import { checkAttachForm, firstForm, withSectorsOf, type AttachForm } from './attach-form.ts';
import { useDescription } from './use-description.ts';
import sheet from './attach.module.css';

const css = pickClasses(sheet, ['fields']);

export function AttachDialog({ image }: { readonly image: ImageFile }): ReactElement {
  const context = usePlatter();
  const settings = useStoreState((state) => state.app?.settings);
  const [chosen, setForm] = useState<AttachForm>(() => firstForm(settings));
  const close = useCloseDialog();
  const title = actionTitles.attach(image.name);
  const { failure, busy, run } = useDialogWork(title, (error) => remedyOf(context, image, error));
  const looked = useDescription(image);
  const inspected = useInspection(image);
  const inspection = inspected.kind === 'ready' ? inspected.inspection : null;
  const form = withSectorsOf(chosen, inspection);
  const excuse = useStoreState(actionExcuse);
  const description = looked.kind === 'ready' ? looked.description : null;
  const checked = checkAttachForm(form, description);
  const present = description?.attachedAs[0];
  const showOnly = present !== undefined && !form.again;

  const change = (part: Partial<AttachForm>): void => setForm((before) => ({ ...before, ...part }));
  const attach = async (): Promise<void> => {
    if (showOnly) {
      close();
      showDevice(context, present);
      return;
    }
    const { options } = checked;
    if (options === null) return;
    await run(async () => failureOf(await attachImage(context, { image, options, mount: form.mount })));
  };
  const label = confirmLabel({ showOnly, isAttached: present !== undefined, inspection });
  const blocked = showOnly ? undefined : (excuseText(excuse) ?? checked.problem);
  return (
    <DialogWindow title={attachWords.title} onClose={close} confirm={{ label, run: () => void attach(), busy, excuse: blocked }}>
      {failure === null ? null : <AttachFailure error={failure} image={image} />}
      {looked.kind === 'failed' ? <ErrorBanner error={looked.error} action={actionTitles.describe} /> : null}
      <AttachFile image={image} description={description} inspected={inspected} />
      {inspected.kind === 'failed' && description !== null ? <InspectionFailure error={inspected.error} /> : null}
      {inspection === null ? null : <InspectionNotes image={image} inspection={inspection} />}
      {description === null ? null : <DescriptionBanners description={description} form={form} change={change} />}
      <BasicOptions form={form} change={change} description={description} />
      <AdvancedOptions form={form} change={change} errors={checked.errors} />
    </DialogWindow>
  );
}

interface FormPartProps {
  readonly form: AttachForm;
  readonly change: (part: Partial<AttachForm>) => void;
}

interface BasicOptionsProps extends FormPartProps {
  readonly description: ImageDescription | null;
}

function BasicOptions({ form, change, description }: BasicOptionsProps): ReactElement {
  return (
    <RowGroup>
      <SwitchRow
        label={attachWords.readOnly}
        hint={attachWords.readOnlyHint}
        isSelected={form.readOnly || (description !== null && description.access !== 'read-write')}
        onChange={(readOnly) => change({ readOnly, ...(readOnly ? {} : { again: false }) })}
        excuse={description === null || description.access === 'read-write' ? undefined : attachWords.access[description.access]}
      />
      <SwitchRow label={attachWords.mount} hint={attachWords.mountHint} isSelected={form.mount} onChange={(mount) => change({ mount })} />
      <SwitchRow
        label={attachWords.partitionScan}
        hint={attachWords.partitionScanHint}
        isSelected={form.partitionScan}
        onChange={(partitionScan) => change({ partitionScan })}
      />
    </RowGroup>
  );
}

function DescriptionBanners({
  description,
  form,
  change,
}: FormPartProps & { readonly description: ImageDescription }): ReactElement | null {
  const { attachedAs } = description;
  if (attachedAs.length === 0) return null;
  return (
    <>
      <Banner tone="warn" title={attachWords.already(attachedAs.map((number) => `loop${number}`).join(', '))}>
        {attachWords.alreadyText}
      </Banner>
      <RowGroup>
        <SwitchRow
          label={attachWords.again}
          hint={attachWords.againHint}
          isSelected={form.again}
          onChange={(again) => change({ again, ...(again ? { readOnly: true } : {}) })}
        />
      </RowGroup>
    </>
  );
}

interface AdvancedOptionsProps extends FormPartProps {
  readonly errors: ReturnType<typeof checkAttachForm>['errors'];
}

function AdvancedOptions({ form, change, errors }: AdvancedOptionsProps): ReactElement {
  const largest = useStoreState((state) => state.app?.features?.largestLogicalBlockSizeBytes ?? 4096);
  const directIo = useStoreState((state) => (state.app === null ? null : directIoExcuse(state.app)));
  return (
    <Disclosure title={attachWords.advanced} level={3}>
      <div className={css.fields}>
        <SizeField
          label={attachWords.offset}
          hint={attachWords.offsetHint}
          value={form.offset}
          onChange={(offset) => change({ offset })}
          error={errors.offset}
        />
        <SizeField
          label={attachWords.sizeLimit}
          hint={attachWords.sizeLimitHint}
          value={form.sizeLimit}
          onChange={(sizeLimit) => change({ sizeLimit })}
          error={errors.sizeLimit}
        />
        <TextField
          label={attachWords.reference}
          hint={attachWords.referenceHint}
          value={form.reference}
          onChange={(reference) => change({ reference })}
          error={errors.reference}
        />
        <RowGroup>
          <SelectRow
            label={attachWords.sectorSize}
            value={form.sectorSize}
            options={[{ id: '0', label: advancedWords.sectorAutomatic }, ...sectorOptions(largest)]}
            onChange={(sectorSize) => change({ sectorSize })}
          />
          <SwitchRow
            label={attachWords.directIo}
            hint={attachWords.directIoHint}
            isSelected={form.directIo}
            onChange={(on) => change({ directIo: on })}
            excuse={excuseText(directIo)}
          />
          <SwitchRow
            label={attachWords.autoclear}
            hint={attachWords.autoclearHint}
            isSelected={form.autoclear}
            onChange={(autoclear) => change({ autoclear })}
          />
        </RowGroup>
      </div>
    </Disclosure>
  );
}
