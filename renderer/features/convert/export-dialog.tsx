/** Writing a raw image in another format. */
import { useState, type ReactElement } from 'react';
import type { ImageFile } from '../../../electron/ipc/images.ts';
import {
  compressibleFormats,
  exportFormats,
  exportNameOf,
  type CreationFacts,
  type ExportFormat,
} from '../../../electron/ipc/new-image.ts';
import { Banner, ErrorBanner } from '../../components/banner.tsx';
import { DialogWindow } from '../../components/dialog.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Row, RowGroup, SwitchRow } from '../../components/rows.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { exportImage } from '../../state/create-actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { useCloseDialog, useDialogWork } from '../../state/own-dialog.ts';
import { exportWords } from '../../text/create-words.ts';
import { formatSize } from '../../text/format.ts';
import { useDescription } from '../attach/use-description.ts';
import { missingExcuse } from '../create/contents-fields.tsx';
import { PlaceFields, usePlace, type PlaceForm } from '../create/place-fields.tsx';

export function ExportDialog({ image }: { readonly image: ImageFile }): ReactElement {
  const context = usePlatter();
  const [format, setFormat] = useState<ExportFormat>('qcow2');
  const [compress, setCompress] = useState(false);
  const [where, setWhere] = useState<PlaceForm>({ folder: null, name: null });
  const close = useCloseDialog();
  const { failure, busy, run } = useDialogWork(exportWords.failed(image.name));
  const place = usePlace(where, exportNameOf(image.name, format));
  const looked = useDescription(image);
  const missing = missingExcuse(place.facts?.missing.exports[format]);
  const canCompress = compressibleFormats.includes(format);

  const write = async (): Promise<void> => {
    const { target } = place;
    if (target !== null) await run(() => exportImage(context, { image: image.id, ...target, format, compress: compress && canCompress }));
  };
  const size = looked.kind === 'ready' ? ` · ${formatSize(BigInt(looked.description.sizeBytes))}` : '';
  return (
    <DialogWindow
      title={exportWords.title}
      onClose={close}
      confirm={{ label: exportWords.confirm, run: () => void write(), busy, excuse: missing ?? place.problem }}
    >
      {failure === null ? null : <ErrorBanner error={failure} action={exportWords.failed(image.name)} />}
      {looked.kind === 'failed' ? <ErrorBanner error={looked.error} action={exportWords.failed(image.name)} /> : null}
      <RowGroup>
        <Row
          label={<ForeignText>{image.name}</ForeignText>}
          hint={
            <>
              <ForeignText>{image.folder}</ForeignText>
              <bdi>{size}</bdi>
            </>
          }
        />
      </RowGroup>
      <AttachedForWriting numbers={looked.kind === 'ready' ? looked.description.attachedAs : []} />
      <FormatFields
        format={format}
        setFormat={setFormat}
        compress={compress}
        setCompress={setCompress}
        missing={place.facts?.missing.exports}
      />
      <PlaceFields place={place} change={(part) => setWhere((before) => ({ ...before, ...part }))} />
    </DialogWindow>
  );
}

function AttachedForWriting({ numbers }: { readonly numbers: readonly number[] }): ReactElement | null {
  const isWritten = useStoreState(
    (state) => state.app?.devices.some(({ number, readOnly }) => numbers.includes(number) && !readOnly) ?? false,
  );
  if (!isWritten) return null;
  return (
    <Banner tone="warn" title={exportWords.attached}>
      {exportWords.attachedText}
    </Banner>
  );
}

interface FormatFieldsProps {
  readonly format: ExportFormat;
  readonly setFormat: (format: ExportFormat) => void;
  readonly compress: boolean;
  readonly setCompress: (compress: boolean) => void;
  readonly missing: CreationFacts['missing']['exports'] | undefined;
}

function FormatFields({ format, setFormat, compress, setCompress, missing }: FormatFieldsProps): ReactElement {
  const canCompress = compressibleFormats.includes(format);
  return (
    <>
      <SelectField
        label={exportWords.format}
        value={format}
        options={exportFormats.map((id) => ({
          id,
          label: exportWords.formats[id],
          excuse: missingExcuse(missing?.[id]),
        }))}
        onChange={setFormat}
      />
      <RowGroup>
        <SwitchRow
          label={exportWords.compress}
          hint={exportWords.compressHint}
          isSelected={compress && canCompress}
          onChange={setCompress}
          excuse={canCompress ? undefined : exportWords.noCompress}
        />
      </RowGroup>
    </>
  );
}
