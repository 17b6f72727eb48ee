/** Before and after, to one scale. Only what the tools will really make is drawn. */
import type { CSSProperties, ReactElement } from 'react';
import { VisuallyHidden } from 'react-aria-components';
import type { LayoutPiece, ResizeLayout, ResizePlan } from '../../../electron/ipc/resize.ts';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { fillOfType, type FillKind } from '../../state/partition-map.ts';
import { formatSize } from '../../text/format.ts';
import { layoutSentence, pieceName, resizeWords } from '../../text/resize-words.ts';
import sheet from './resize.module.css';

const css = pickClasses(sheet, ['pictures', 'line', 'caption', 'bar', 'piece', 'changed', 'free', 'rest', 'name', 'size']);

export function ResizePictures({ plan }: { readonly plan: ResizePlan }): ReactElement {
  const { before, after, place } = plan;
  const [first, second] = [BigInt(before.sizeBytes), BigInt(after.sizeBytes)];
  const whole = first > second ? first : second;
  return (
    <div className={css.pictures}>
      <VisuallyHidden>
        <p>{resizeWords.picture(layoutSentence(before), layoutSentence(after))}</p>
      </VisuallyHidden>
      <PictureLine caption={resizeWords.before} layout={before} wholeBytes={whole} changed={null} />
      <PictureLine caption={resizeWords.after} layout={after} wholeBytes={whole} changed={place === 'free' ? null : place} />
    </div>
  );
}

interface PictureLineProps {
  readonly caption: string;
  readonly layout: ResizeLayout;
  readonly wholeBytes: bigint;
  readonly changed: LayoutPiece['place'];
}

/** Thousandths of the larger of both sizes, so that both bars have one scale. */
function share(bytes: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((bytes * 1000n) / whole);
}

/** Gaps of alignment are not worth a piece. */
const SMALLEST_SHOWN_BYTES = 2n * 1024n * 1024n;

function PictureLine({ caption, layout, wholeBytes, changed }: PictureLineProps): ReactElement {
  const size = BigInt(layout.sizeBytes);
  const pieces = layout.pieces.filter((piece) => piece.place !== null || BigInt(piece.sizeBytes) >= SMALLEST_SHOWN_BYTES);
  return (
    <div className={css.line} aria-hidden>
      <span className={css.caption}>
        {caption}
        <b>
          <bdi dir="ltr">{formatSize(size)}</bdi>
        </b>
      </span>
      <div className={css.bar}>
        {pieces.map((piece) => (
          <Piece key={piece.startBytes} piece={piece} wholeBytes={wholeBytes} isChanged={piece.place !== null && piece.place === changed} />
        ))}
        {wholeBytes > size ? <span className={css.rest} style={{ flexGrow: share(wholeBytes - size, wholeBytes) }} /> : null}
      </div>
    </div>
  );
}

function fillOf({ place, type }: LayoutPiece): FillKind {
  if (place === null) return 'free';
  if (type === 'swap') return 'swap';
  if (type === 'crypto_LUKS') return 'luks';
  return type === 'LVM2_member' ? 'lvm' : fillOfType(type);
}

interface PieceProps {
  readonly piece: LayoutPiece;
  readonly wholeBytes: bigint;
  readonly isChanged: boolean;
}

function Piece({ piece, wholeBytes, isChanged }: PieceProps): ReactElement {
  const fill = fillOf(piece);
  const bytes = BigInt(piece.sizeBytes);
  const style = { flexGrow: share(bytes, wholeBytes), ...(fill === 'free' ? {} : { '--fill': `var(--fill-${fill})` }) } as CSSProperties;
  return (
    <span className={join(css.piece, fill === 'free' && css.free, isChanged && css.changed)} style={style}>
      {fill === 'free' ? null : (
        <>
          <span className={css.name}>
            <ForeignText>{pieceName(piece)}</ForeignText>
          </span>
          <bdi className={css.size} dir="ltr">
            {formatSize(bytes)}
          </bdi>
        </>
      )}
    </span>
  );
}
