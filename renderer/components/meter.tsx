/** How much of something is taken, as a bar with the amount in words beside it. */
import type { ReactElement, ReactNode } from 'react';
import { join, pickClasses } from './class-names.ts';
import sheet from './meter.module.css';

const css = pickClasses(sheet, ['meter', 'track', 'fill', 'full', 'words']);
/** From here on the bar warns. */
const NEARLY_FULL = 0.9;

export interface MeterProps {
  readonly part: bigint;
  readonly total: bigint;
  /** Says the amounts: the bar is only the picture of it. */
  readonly children: ReactNode;
}

export function Meter({ part, total, children }: MeterProps): ReactElement {
  const share = total === 0n ? 0 : Math.min(1, Number((part * 1000n) / total) / 1000);
  return (
    <span className={css.meter}>
      <span className={css.words}>{children}</span>
      <span className={css.track} aria-hidden>
        <span className={join(css.fill, share >= NEARLY_FULL && css.full)} style={{ inlineSize: `${share * 100}%` }} />
      </span>
    </span>
  );
}
