/** Everything that is known of an image that need not be attached: picture of the partitions, what they hold, properties. */
import type { ReactElement } from 'react';
import type { InspectedContent, Inspection } from '../../../electron/ipc/inspection.ts';
import { pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { Properties, Property } from '../../components/properties.tsx';
import { formatBoth, formatNumber, formatSize } from '../../text/format.ts';
import { contentText, formatWords, inspectWords, stateWords, tableName, usedText } from '../../text/inspection-words.ts';
import { PartitionTable } from './partition-table.tsx';
import sheet from './inspection.module.css';

const css = pickClasses(sheet, ['view']);

export function InspectionView({ inspection }: { readonly inspection: Inspection }): ReactElement {
  const { table } = inspection;
  return (
    <div className={css.view}>
      {table === null ? null : <PartitionTable table={table} sizeBytes={BigInt(inspection.sizeBytes)} />}
      <Properties>
        {propertiesOf(inspection).map(({ name, value, foreign = false }) => (
          <Property key={name} name={name} copy={foreign ? value : undefined}>
            {foreign ? <ForeignText>{value}</ForeignText> : <bdi>{value}</bdi>}
          </Property>
        ))}
      </Properties>
    </div>
  );
}

interface Fact {
  readonly name: string;
  readonly value: string;
  /** Text of the image's: isolated, and worth copying. */
  readonly foreign?: boolean;
}

function propertiesOf({ sizeBytes, allocatedBytes, format, whole, table, attachedAs }: Inspection): readonly Fact[] {
  const properties: Fact[] = [
    { name: inspectWords.size, value: formatBoth(BigInt(sizeBytes)) },
    { name: inspectWords.onDisk, value: formatSize(BigInt(allocatedBytes)) },
    { name: inspectWords.format, value: format.kind === 'raw' ? inspectWords.raw : formatWords(format).title },
  ];
  if (whole !== null && whole.kind !== 'partition-table') properties.push(...contentProperties(whole));
  if (table !== null) {
    properties.push({ name: inspectWords.table, value: tableName(table) });
    properties.push({ name: inspectWords.sectors, value: inspectWords.sectorBytes(formatNumber(table.sectorBytes)) });
    if (table.id !== null) properties.push({ name: inspectWords.tableId, value: table.id, foreign: true });
  }
  const nodes = attachedAs.map((number) => `/dev/loop${number}`).join(', ');
  if (nodes !== '') properties.push({ name: inspectWords.attachedAs, value: nodes });
  return properties;
}

function contentProperties(whole: InspectedContent): readonly Fact[] {
  const { label, uuid, state, type, version } = whole;
  const used = usedText(whole);
  return [
    { name: inspectWords.contents, value: contentText(whole) },
    ...(version === null ? [] : [{ name: inspectWords.version, value: version, foreign: true }]),
    ...(label === null
      ? []
      : [{ name: type === 'LVM2_member' ? inspectWords.volumeGroup : inspectWords.label, value: label, foreign: true }]),
    ...(uuid === null ? [] : [{ name: inspectWords.uuid, value: uuid, foreign: true }]),
    ...(used === null ? [] : [{ name: inspectWords.used, value: used }]),
    ...(state === 'unknown' ? [] : [{ name: inspectWords.state, value: stateWords[state] }]),
  ];
}
