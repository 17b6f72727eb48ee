/** The fields of a new image that depend on what it shall hold. */
import type { ReactElement } from 'react';
import { fileSystemNames, folderFormats, folderLabelRules } from '../../../electron/ipc/file-systems.ts';
import type { CreationFacts, NeededTool } from '../../../electron/ipc/new-image.ts';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { TextField } from '../../components/fields.tsx';
import { ForeignText } from '../../components/foreign-text.tsx';
import { FolderOpenIcon } from '../../components/icons.ts';
import { Row, RowGroup } from '../../components/rows.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { chooseFolderPlace } from '../../state/create-actions.ts';
import { chooseImages } from '../../state/device-actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import { createWords } from '../../text/create-words.ts';
import type { CheckedCreation, CreateForm } from './create-form.ts';
import sheet from './create.module.css';

const css = pickClasses(sheet, ['pair']);

export interface FieldsProps {
  readonly form: CreateForm;
  readonly change: (part: Partial<CreateForm>) => void;
}

export interface CheckedFieldsProps extends FieldsProps {
  readonly errors: CheckedCreation['errors'];
  readonly facts?: CreationFacts | null;
}

export function missingExcuse(tool: NeededTool | null | undefined): string | undefined {
  return tool === null || tool === undefined ? undefined : createWords.missing(tool);
}

export function FileSystemFields({ form, change, errors, facts }: CheckedFieldsProps): ReactElement {
  const hint = form.fileSystem === 'fat' ? createWords.labelUpper : createWords.labelHint;
  return (
    <div className={css.pair}>
      <SelectField
        label={createWords.fileSystem}
        value={form.fileSystem}
        options={fileSystemNames.map((id) => ({
          id,
          label: createWords.fileSystems[id],
          excuse: missingExcuse(facts?.missing.fileSystems[id]),
        }))}
        onChange={(fileSystem) => change({ fileSystem })}
        hint={createWords.uses[form.fileSystem]}
      />
      <TextField label={createWords.label} value={form.label} onChange={(label) => change({ label })} error={errors.label} hint={hint} />
    </div>
  );
}

export function SizeFields({ form, change, errors }: CheckedFieldsProps): ReactElement {
  return (
    <div className={css.pair}>
      <SizeField label={createWords.size} value={form.size} onChange={(size) => change({ size })} error={errors.size} />
      <SelectField
        label={createWords.space}
        value={form.reserved ? 'reserved' : 'as-needed'}
        options={[
          { id: 'as-needed', label: createWords.asNeeded },
          { id: 'reserved', label: createWords.reserved },
        ]}
        onChange={(space) => change({ reserved: space === 'reserved' })}
        hint={form.reserved ? createWords.reservedHint : createWords.asNeededHint}
      />
    </div>
  );
}

export function FolderFields({ form, change, errors, facts }: CheckedFieldsProps): ReactElement {
  const context = usePlatter();
  const choose = async (): Promise<void> => {
    const sourceFolder = await chooseFolderPlace(context);
    if (sourceFolder !== null) change({ sourceFolder });
  };
  return (
    <>
      <RowGroup>
        <Row
          label={createWords.fromFolder}
          hint={form.sourceFolder === null ? createWords.nothingChosen : <ForeignText>{form.sourceFolder.path}</ForeignText>}
        >
          <Button tone="flat" label={createWords.chooseSourceFolder} onPress={() => void choose()}>
            <FolderOpenIcon aria-hidden />
          </Button>
        </Row>
      </RowGroup>
      <div className={css.pair}>
        <SelectField
          label={createWords.format}
          value={form.format}
          options={folderFormats.map((id) => ({ id, label: createWords.formats[id], excuse: missingExcuse(facts?.missing.folders[id]) }))}
          onChange={(format) => change({ format })}
          hint={createWords.formatUses[form.format]}
        />
        {folderLabelRules[form.format] === null ? null : (
          <TextField
            label={createWords.label}
            value={form.label}
            onChange={(label) => change({ label })}
            error={errors.label}
            hint={createWords.labelHint}
          />
        )}
      </div>
    </>
  );
}

export function CopyFields({ form, change }: FieldsProps): ReactElement {
  const context = usePlatter();
  const { source } = form;
  const choose = async (): Promise<void> => {
    const [image] = await chooseImages(context, false);
    if (image !== undefined) change({ source: image });
  };
  return (
    <RowGroup>
      <Row
        label={createWords.source}
        hint={
          source === null ? (
            createWords.nothingChosen
          ) : (
            <ForeignText>{`${source.folder === '/' ? '' : source.folder}/${source.name}`}</ForeignText>
          )
        }
      >
        <Button tone="flat" label={createWords.chooseSource} onPress={() => void choose()}>
          <FolderOpenIcon aria-hidden />
        </Button>
      </Row>
    </RowGroup>
  );
}
