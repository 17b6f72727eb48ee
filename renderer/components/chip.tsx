/** A word about the state of a thing; never colour alone. */
import type { ReactElement } from 'react';
import { join, pickClasses } from './class-names.ts';
import sheet from './chip.module.css';

const css = pickClasses(sheet, ['chip', 'warn', 'error', 'info']);

export interface ChipProps {
  readonly children: string;
  readonly tone?: 'plain' | 'info' | 'warn' | 'error';
}

export function Chip({ children, tone = 'plain' }: ChipProps): ReactElement {
  return <span className={join(css.chip, tone !== 'plain' && css[tone])}>{children}</span>;
}
