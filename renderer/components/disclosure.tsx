/** A part that is closed until somebody wants it, under a heading that is its button. */
import type { ReactElement, ReactNode } from 'react';
import { Button as AriaButton, Disclosure as AriaDisclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { join, pickClasses } from './class-names.ts';
import { ChevronRightIcon } from './icons.ts';
import sheet from './disclosure.module.css';

const css = pickClasses(sheet, ['disclosure', 'heading', 'section', 'button']);

export interface DisclosureProps {
  readonly title: string;
  readonly level: 2 | 3 | 4;
  /** Section of a page rather than of a dialog: the heading is as large as the others there. */
  readonly section?: boolean;
  /** Mark by which a shortcut finds the button. */
  readonly mark?: string;
  readonly children: ReactNode;
}

export function Disclosure({ title, level, section = false, mark, children }: DisclosureProps): ReactElement {
  return (
    <AriaDisclosure className={css.disclosure}>
      <Heading level={level} className={join(css.heading, section && css.section)}>
        <AriaButton slot="trigger" className={css.button} data-mark={mark}>
          <ChevronRightIcon aria-hidden />
          {title}
        </AriaButton>
      </Heading>
      <DisclosurePanel>{children}</DisclosurePanel>
    </AriaDisclosure>
  );
}
