/** The slider of sizes: the same value as the field and the picture. The largest size may lie far beyond its end, and is a button as the smallest is. */
import type { CSSProperties, ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { formatSize } from '../../text/format.ts';
import { resizeWords } from '../../text/resize-words.ts';
import { sliderRange } from './slider-range.ts';
import sheet from './resize.module.css';

const css = pickClasses(sheet, ['slider', 'range', 'ends', 'end']);

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
        <Button tone="flat" className={css.end} onPress={() => onChange(smallestBytes)}>
          <bdi>{resizeWords.smallest(formatSize(smallestBytes))}</bdi>
        </Button>
        <Button tone="flat" className={css.end} onPress={() => onChange(largestBytes)}>
          <bdi>{resizeWords.largest(formatSize(largestBytes))}</bdi>
        </Button>
      </div>
    </div>
  );
}
