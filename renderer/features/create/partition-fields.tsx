/** The partitions of a new image: a picture that follows, and fields for each. */
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { fileSystemNames } from '../../../electron/ipc/file-systems.ts';
import type { CreationFacts } from '../../../electron/ipc/new-image.ts';
import { mostPartitions, type PartitionContent, type TableKind } from '../../../electron/ipc/partition-layout.ts';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { TextField } from '../../components/fields.tsx';
import { DeleteIcon, PlusIcon } from '../../components/icons.ts';
import { SelectField } from '../../components/select-field.tsx';
import { SizeField } from '../../components/size-field.tsx';
import { createWords } from '../../text/create-words.ts';
import { toSizeText } from '../../text/size-text.ts';
import { missingExcuse, type FieldsProps } from './contents-fields.tsx';
import type { CheckedCreation, PartitionErrors, PartitionForm } from './create-form.ts';
import { LayoutPicture } from './layout-picture.tsx';
import sheet from './create.module.css';

const css = pickClasses(sheet, ['partitions', 'partition', 'head', 'heading', 'pair', 'add']);

const contents: readonly PartitionContent[] = [
  'ext4',
  'efi',
  'swap',
  ...fileSystemNames.filter((name) => name !== 'ext4' && name !== 'swap'),
  'none',
];
const tables: readonly TableKind[] = ['gpt', 'mbr'];

export interface PartitionFieldsProps extends FieldsProps {
  readonly checked: CheckedCreation;
  readonly facts: CreationFacts | null;
}

export function PartitionFields({ form, change, checked, facts }: PartitionFieldsProps): ReactElement {
  const add = useRef<HTMLButtonElement>(null);
  const [removed, setRemoved] = useState(0);
  useEffect(() => {
    // The button that had the focus is gone.
    if (removed > 0) add.current?.focus();
  }, [removed]);
  const free = checked.layout?.freeBytes ?? 0n;
  const isFull = form.partitions.length >= mostPartitions[form.table];
  const excuse = isFull ? createWords.mostPartitions(mostPartitions[form.table]) : free === 0n ? createWords.noRoom : undefined;
  const change1 = (id: number, part: Partial<PartitionForm>): void =>
    change({ partitions: form.partitions.map((one) => (one.id === id ? { ...one, ...part } : one)) });
  const append = (): void => {
    const id = Math.max(0, ...form.partitions.map((one) => one.id)) + 1;
    change({ partitions: [...form.partitions, { id, size: toSizeText(free), content: 'ext4', label: '', name: '' }] });
  };
  const remove = (id: number): void => {
    change({ partitions: form.partitions.filter((one) => one.id !== id) });
    setRemoved((before) => before + 1);
  };
  return (
    <div className={css.partitions}>
      <SelectField
        label={createWords.table}
        value={form.table}
        options={tables.map((id) => ({ id, label: createWords.tables[id] }))}
        onChange={(table) => change({ table })}
      />
      {checked.layout === null ? null : <LayoutPicture form={form} layout={checked.layout} />}
      {form.partitions.map((partition, index) => (
        <PartitionCard
          key={partition.id}
          number={index + 1}
          table={form.table}
          partition={partition}
          errors={checked.errors.partitions[index] ?? {}}
          facts={facts}
          change={(part) => change1(partition.id, part)}
          remove={() => remove(partition.id)}
        />
      ))}
      <Button ref={add} className={css.add} excuse={excuse} onPress={append}>
        <PlusIcon aria-hidden />
        {createWords.add}
      </Button>
    </div>
  );
}

interface PartitionCardProps {
  readonly number: number;
  readonly table: TableKind;
  readonly partition: PartitionForm;
  readonly errors: PartitionErrors;
  readonly facts: CreationFacts | null;
  readonly change: (part: Partial<PartitionForm>) => void;
  readonly remove: () => void;
}

function PartitionCard({ number, table, partition, errors, facts, change, remove }: PartitionCardProps): ReactElement {
  const { content } = partition;
  const excuseOf = (id: PartitionContent): string | undefined =>
    id === 'none' ? undefined : missingExcuse(facts?.missing.fileSystems[id === 'efi' ? 'fat' : id]);
  return (
    <div className={css.partition} role="group" aria-label={createWords.partition(number)}>
      <div className={css.head}>
        <h3 className={css.heading}>{createWords.partition(number)}</h3>
        <Button tone="flat" label={createWords.remove(number)} onPress={remove}>
          <DeleteIcon aria-hidden />
        </Button>
      </div>
      <div className={css.pair}>
        <SelectField
          label={createWords.partitionContents}
          value={content}
          options={contents.map((id) => ({ id, label: createWords.contentNames[id], excuse: excuseOf(id) }))}
          onChange={(chosen) => change({ content: chosen })}
        />
        <SizeField label={createWords.size} value={partition.size} onChange={(size) => change({ size })} error={errors.size} shownAtOnce />
        {content === 'none' ? null : (
          <TextField label={createWords.label} value={partition.label} onChange={(label) => change({ label })} error={errors.label} />
        )}
        {table === 'mbr' ? null : (
          <TextField label={createWords.partitionName} value={partition.name} onChange={(name) => change({ name })} error={errors.name} />
        )}
      </div>
    </div>
  );
}
