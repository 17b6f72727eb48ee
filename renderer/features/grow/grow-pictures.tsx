/** Before and after, to one scale. Only what will really happen is drawn: the new space comes last. */
import type { CSSProperties, ReactElement } from 'react';
import { VisuallyHidden } from 'react-aria-components';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { segmentsOf, type Segment } from '../../state/partition-map.ts';
import { useContents } from '../../state/use-contents.ts';
import { growWords } from '../../text/dialog-words.ts';
import { formatSize, showText } from '../../text/format.ts';
import { describeSegment } from '../../text/segment-text.ts';
import { fillOfSegment } from '../device-details/partition-map.tsx';
import sheet from './grow.module.css';

const css = pickClasses(sheet, ['pictures', 'line', 'caption', 'bar', 'piece', 'fresh', 'free', 'rest']);

export interface GrowPicturesProps {
  readonly device: LoopDevice;
  readonly afterBytes: bigint;
}

export function GrowPictures({ device, afterBytes }: GrowPicturesProps): ReactElement {
  const before = BigInt(device.sizeBytes);
  const segments = segmentsOf(device);
  const contents = useContents(device)?.contents ?? [];
  const fresh = afterBytes - before;
  const said = (list: readonly Segment[]): string => list.map((segment) => describeSegment(device, segment, contents).sentence).join('; ');
  const sentence = growWords.picture(
    `${formatSize(before)}: ${said(segments)}`,
    `${formatSize(afterBytes)}: ${said(segments)}; ${growWords.newSpace} ${formatSize(fresh)}`,
  );
  return (
    <div className={css.pictures}>
      <VisuallyHidden>{showText(sentence)}</VisuallyHidden>
      <PictureLine
        caption={growWords.before}
        sizeBytes={before}
        wholeBytes={afterBytes}
        device={device}
        contents={contents}
        segments={segments}
        freshBytes={0n}
      />
      <PictureLine
        caption={growWords.after}
        sizeBytes={afterBytes}
        wholeBytes={afterBytes}
        device={device}
        contents={contents}
        segments={segments}
        freshBytes={fresh}
      />
    </div>
  );
}

interface PictureLineProps {
  readonly caption: string;
  readonly sizeBytes: bigint;
  readonly wholeBytes: bigint;
  readonly device: LoopDevice;
  readonly contents: Contents;
  readonly segments: readonly Segment[];
  readonly freshBytes: bigint;
}

/** Thousandths of the larger of both sizes, so that both bars have one scale. */
function share(bytes: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((bytes * 1000n) / whole);
}

function PictureLine({ caption, sizeBytes, wholeBytes, device, contents, segments, freshBytes }: PictureLineProps): ReactElement {
  return (
    <div className={css.line} aria-hidden>
      <span className={css.caption}>
        {caption}
        <b>
          <bdi dir="ltr">{formatSize(sizeBytes)}</bdi>
        </b>
      </span>
      <div className={css.bar}>
        {segments.map((segment) => {
          const fill = fillOfSegment(device, segment, contents);
          const style = {
            flexGrow: share(segment.sizeBytes, wholeBytes),
            ...(fill === 'free' ? {} : { '--fill': `var(--fill-${fill})` }),
          } as CSSProperties;
          return (
            <span key={segment.id} className={join(css.piece, fill === 'free' && css.free)} style={style}>
              <ForeignText>{fill === 'free' ? '' : describeSegment(device, segment, contents).short}</ForeignText>
            </span>
          );
        })}
        {freshBytes > 0n ? (
          <span className={join(css.piece, css.fresh)} style={{ flexGrow: share(freshBytes, wholeBytes) }}>
            <bdi dir="ltr">+ {formatSize(freshBytes)}</bdi>
          </span>
        ) : null}
        {wholeBytes > sizeBytes ? <span className={css.rest} style={{ flexGrow: share(wholeBytes - sizeBytes, wholeBytes) }} /> : null}
      </div>
    </div>
  );
}
