/** A part that scrolls by itself, for more text than there is room for. */
import type { ReactElement, ReactNode } from 'react';
import { join, pickClasses } from './class-names.ts';
import sheet from './scroll-region.module.css';

const css = pickClasses(sheet, ['region']);

interface ScrollRegionProps {
  readonly label: string;
  /** Has the height it may take, and that it scrolls. */
  readonly className: string;
  readonly children: ReactNode;
}

/** Keys scroll it once it has the focus. */
export function ScrollRegion({ label, className, children }: ScrollRegionProps): ReactElement {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- without the focus nobody could scroll it by keys (WCAG 2.1.1; axe asks for it)
    <div role="group" aria-label={label} tabIndex={0} className={join(css.region, className)}>
      {children}
    </div>
  );
}
