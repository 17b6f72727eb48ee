/** A card of values with their names; values can be selected and copied. */
import type { ReactElement, ReactNode } from 'react';
import { commonWords } from '../text/words.ts';
import { join, pickClasses } from './class-names.ts';
import { CopyButton } from './copy-button.tsx';
import cardSheet from './card.module.css';
import sheet from './properties.module.css';

const cardCss = pickClasses(cardSheet, ['card']);
const css = pickClasses(sheet, ['properties', 'copy']);

/** Holds {@link Property} elements. */
export function Properties({ children }: { readonly children: ReactNode }): ReactElement {
  return <dl className={join(cardCss.card, css.properties)}>{children}</dl>;
}

export interface PropertyProps {
  readonly name: string;
  readonly children: ReactNode;
  /** What Copy takes; without it there is nothing worth copying. */
  readonly copy?: string | undefined;
}

export function Property({ name, children, copy }: PropertyProps): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-selectable>{children}</dd>
      {copy === undefined ? null : (
        <dd className={css.copy}>
          <CopyButton value={copy} label={commonWords.copyOf(name)} />
        </dd>
      )}
    </div>
  );
}
