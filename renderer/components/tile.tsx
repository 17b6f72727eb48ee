/** The picture of an image: coloured while something in it is mounted. */
import type { ReactElement, ReactNode } from 'react';
import { join, pickClasses } from './class-names.ts';
import sheet from './tile.module.css';

const css = pickClasses(sheet, ['tile', 'large', 'mounted']);

export interface TileProps {
  /** One icon. */
  readonly children: ReactNode;
  readonly large?: boolean;
  readonly mounted?: boolean;
}

export function Tile({ children, large = false, mounted = false }: TileProps): ReactElement {
  return (
    <span className={join(css.tile, large && css.large, mounted && css.mounted)} data-tile aria-hidden>
      {children}
    </span>
  );
}
