/** Text that is not ours: paths, names, nodes, sizes. Isolated from the direction of the sentence around it (UX.md §6.1). */
import type { ReactElement } from 'react';
import { showText } from '../text/format.ts';

export interface ForeignTextProps {
  readonly children: string;
  readonly className?: string;
  /** Lets the text be selected with the mouse. */
  readonly selectable?: boolean;
}

export function ForeignText({ children, className, selectable = false }: ForeignTextProps): ReactElement {
  return (
    <bdi dir="ltr" className={className} data-selectable={selectable || undefined}>
      {showText(children)}
    </bdi>
  );
}
