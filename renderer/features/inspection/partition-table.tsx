/** Picture and list of the partitions of an image that is not attached. */
import type { CSSProperties, ReactElement } from 'react';
import type { InspectedPartition, InspectedTable } from '../../../electron/ipc/inspection.ts';
import { Chip } from '../../components/chip.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { LockIcon } from '../../components/icons.ts';
import { fillOfContent, inspectedSegments, type InspectedSegment } from '../../state/inspected-map.ts';
import { formatSize, showText } from '../../text/format.ts';
import { typeName } from '../../text/mount-words.ts';
import { contentText, inspectWords, partitionTypeText, usedText } from '../../text/inspection-words.ts';
import cardSheet from '../../components/card.module.css';
import sheet from './inspection.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const css = pickClasses(sheet, ['map', 'segment', 'free', 'name', 'list', 'swatch', 'words', 'title', 'hint', 'size', 'none']);

export function PartitionTable({ table, sizeBytes }: { readonly table: InspectedTable; readonly sizeBytes: bigint }): ReactElement {
  if (table.partitions.length === 0) return <p className={css.none}>{inspectWords.noPartitions}</p>;
  const segments = inspectedSegments(table, sizeBytes);
  return (
    <>
      {/* The list below says the same in words. */}
      <div className={join(cardCss.card, css.map)} aria-hidden>
        {segments.map((segment) => (
          <MapSegment key={segment.id} segment={segment} totalBytes={sizeBytes} />
        ))}
      </div>
      <ul className={join(cardCss.card, css.list)} aria-label={inspectWords.partitions}>
        {table.partitions.map((partition) => (
          <PartitionItem key={partition.number} partition={partition} />
        ))}
      </ul>
    </>
  );
}

function MapSegment({ segment, totalBytes }: { readonly segment: InspectedSegment; readonly totalBytes: bigint }): ReactElement {
  const share = totalBytes === 0n ? 1 : Math.max(1, Number((segment.sizeBytes * 1000n) / totalBytes));
  const { fill } = segment;
  const style = { flexGrow: share, ...(fill === 'free' ? {} : { '--fill': `var(--fill-${fill})` }) } as CSSProperties;
  return (
    <div className={join(css.segment, fill === 'free' && css.free)} style={style}>
      <span className={css.name}>
        {fill === 'luks' ? <LockIcon aria-hidden /> : null}
        <ForeignText>{segment.kind === 'free' ? inspectWords.free : shortName(segment.partition)}</ForeignText>
      </span>
    </div>
  );
}

function shortName({ number, name, content }: InspectedPartition): string {
  return content.label ?? name ?? (content.type === '' ? inspectWords.partition(number) : typeName(content.type));
}

function PartitionItem({ partition }: { readonly partition: InspectedPartition }): ReactElement {
  const { number, name, startBytes, sizeBytes, content, bootable, role } = partition;
  const fill = fillOfContent(content);
  const title = content.label ?? name;
  const used = usedText(content);
  const facts = [inspectWords.partition(number), role === 'extended' ? partitionTypeText(partition) : contentText(content)];
  // Version 1.0 is that of everything which knows one only.
  if (content.version !== null && content.version !== '1.0' && role !== 'extended') facts.push(showText(content.version));
  const placeFacts = [
    ...(role === 'extended' ? [] : [partitionTypeText(partition)]),
    inspectWords.startsAt(formatSize(BigInt(startBytes))),
    ...(name === null || name === title ? [] : [`“${showText(name)}”`]),
    ...(content.uuid === null ? [] : [inspectWords.uuidOf(content.uuid)]),
  ];
  return (
    <li>
      <span className={css.swatch} style={{ '--fill': `var(--fill-${fill})` } as CSSProperties} aria-hidden />
      <span className={css.words}>
        <span className={css.title}>
          {title === null ? <bdi>{facts[0]}</bdi> : <ForeignText>{title}</ForeignText>} {bootable ? <Chip>{inspectWords.boot}</Chip> : null}
          {role === 'logical' ? <Chip>{inspectWords.logical}</Chip> : null}
        </span>
        <span className={css.hint}>
          <bdi>{(title === null ? facts.slice(1) : facts).join(' · ')}</bdi>
          {used === null ? null : (
            <>
              {' · '}
              <bdi>{used}</bdi>
            </>
          )}
        </span>
        <span className={css.hint}>
          <bdi>{placeFacts.join(' · ')}</bdi>
        </span>
      </span>
      <bdi dir="ltr" className={css.size}>
        {formatSize(BigInt(sizeBytes))}
      </bdi>
    </li>
  );
}
