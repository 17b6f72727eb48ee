/** What the partitions of a new image come to: wide as they are large, the free rest hatched. */
import type { CSSProperties, ReactElement } from 'react';
import { VisuallyHidden } from 'react-aria-components';
import type { Layout, PartitionContent } from '../../../electron/ipc/partition-layout.ts';
import { join, pickClasses } from '../../components/class-names.ts';
import type { FillKind } from '../../state/partition-map.ts';
import { createWords } from '../../text/create-words.ts';
import { formatSize } from '../../text/format.ts';
import { bytesOf } from '../../text/size-text.ts';
import type { CreateForm } from './create-form.ts';
import sheet from './create.module.css';

const css = pickClasses(sheet, ['bar', 'piece', 'piecesName', 'piecesSize', 'free', 'wrong']);

const fills: Readonly<Record<PartitionContent, Exclude<FillKind, 'free'>>> = {
  ext4: 'ext',
  ext3: 'ext',
  ext2: 'ext',
  xfs: 'xfs',
  btrfs: 'btrfs',
  fat: 'fat',
  efi: 'fat',
  exfat: 'ntfs',
  ntfs: 'ntfs',
  swap: 'swap',
  none: 'other',
};

export function LayoutPicture({ form, layout }: { readonly form: CreateForm; readonly layout: Layout }): ReactElement {
  const pieces = form.partitions.map(({ id, size, content }, index) => ({
    id,
    content,
    bytes: bytesOf(size) ?? 0n,
    isPlaced: layout.placed[index] !== null,
  }));
  const whole = pieces.reduce((sum, { bytes }) => sum + bytes, layout.freeBytes);
  const said = [
    ...pieces.map(({ content, bytes }) => `${createWords.contentNames[content]} ${formatSize(bytes)}`),
    `${createWords.freeSpace} ${formatSize(layout.freeBytes)}`,
  ];
  return (
    <>
      <VisuallyHidden>{createWords.picture(said)}</VisuallyHidden>
      <div className={css.bar} aria-hidden>
        {pieces.map(({ id, content, bytes, isPlaced }) => (
          <span
            key={id}
            className={join(css.piece, !isPlaced && css.wrong)}
            style={{ flexGrow: share(bytes, whole), '--fill': `var(--fill-${fills[content]})` } as CSSProperties}
          >
            <span className={css.piecesName}>{createWords.contentNames[content]}</span>
            <bdi dir="ltr" className={css.piecesSize}>
              {formatSize(bytes)}
            </bdi>
          </span>
        ))}
        {layout.freeBytes === 0n ? null : (
          <span className={join(css.piece, css.free)} style={{ flexGrow: share(layout.freeBytes, whole) }}>
            <span className={css.piecesName}>{createWords.freeSpace}</span>
            <bdi dir="ltr" className={css.piecesSize}>
              {formatSize(layout.freeBytes)}
            </bdi>
          </span>
        )}
      </div>
    </>
  );
}

/** Thousandths; never nothing, so that what is there can be seen. */
function share(bytes: bigint, whole: bigint): number {
  return whole === 0n ? 1 : Math.max(1, Number((bytes * 1000n) / whole));
}
