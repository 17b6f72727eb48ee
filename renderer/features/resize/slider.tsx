/** The slider of sizes: the same value as the field and the picture. */
import type { CSSProperties, ReactElement } from 'react';
import { pickClasses } from '../../components/class-names.ts';
import { formatSize } from '../../text/format.ts';
import { resizeWords } from '../../text/resize-words.ts';
import { sliderRange } from './slider-range.ts';
import sheet from './resize.module.css';

const css = pickClasses(sheet, ['slider', 'range', 'ends']);

export interface ResizeSliderProps {
  readonly smallestBytes: bigint;
  readonly presentBytes: bigint;
  readonly largestBytes: bigint;
  readonly valueBytes: bigint;
  readonly onChange: (bytes: bigint) => void;
}

export function ResizeSlider({ smallestBytes, presentBytes, largestBytes, valueBytes, onChange }: ResizeSliderProps): ReactElement {
  const range = sliderRange({ smallestBytes, presentBytes, largestBytes, valueBytes });
  const step = range.toSteps(valueBytes);
  return (
    <div className={css.slider}>
      <input
        type="range"
        className={css.range}
        aria-label={resizeWords.slider}
        aria-valuetext={formatSize(valueBytes)}
        min={0}
        max={range.steps}
        value={step}
        onChange={(event) => onChange(range.toBytes(Number(event.target.value)))}
        style={{ '--part': `${(step * 100) / range.steps}%` } as CSSProperties}
      />
      <div className={css.ends}>
        <bdi>{resizeWords.smallest(formatSize(range.firstBytes))}</bdi>
        <bdi>{resizeWords.largest(formatSize(largestBytes))}</bdi>
      </div>
    </div>
  );
}
