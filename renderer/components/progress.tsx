/** A bar for work whose end is known, or not. */
import type { ReactElement } from 'react';
import { ProgressBar } from 'react-aria-components';
import { join, pickClasses } from './class-names.ts';
import sheet from './progress.module.css';

const css = pickClasses(sheet, ['progress', 'track', 'fill', 'unknown']);

export interface ProgressProps {
  readonly label: string;
  /** 0 to 100; null while the end is not known. */
  readonly percent: number | null;
}

export function Progress({ label, percent }: ProgressProps): ReactElement {
  return (
    <ProgressBar className={css.progress} aria-label={label} value={percent ?? 0} isIndeterminate={percent === null}>
      <div className={css.track}>
        <div className={join(css.fill, percent === null && css.unknown)} style={percent === null ? {} : { inlineSize: `${percent}%` }} />
      </div>
    </ProgressBar>
  );
}
