/** The head of the details pane: picture, name and the facts that say which device it is. */
import type { ReactElement, ReactNode } from 'react';
import { pickClasses } from '../../components/class-names.ts';
import { DiscIcon } from '../../components/icons.ts';
import { Tile } from '../../components/tile.tsx';
import type { TitleLevel } from './details-pane.tsx';
import sheet from './identity.module.css';

const css = pickClasses(sheet, ['identity', 'titles', 'name', 'facts', 'chips']);

export interface IdentityProps {
  readonly level: TitleLevel;
  readonly title: ReactNode;
  readonly facts: ReactNode;
  readonly chips?: ReactNode;
  readonly mounted?: boolean;
}

export function Identity({ level: Title, title, facts, chips, mounted = false }: IdentityProps): ReactElement {
  return (
    <div className={css.identity}>
      <Tile large mounted={mounted}>
        <DiscIcon />
      </Tile>
      <div className={css.titles}>
        <Title className={css.name} tabIndex={-1} data-pane-start>
          {title}
        </Title>
        <p className={css.facts}>{facts}</p>
        <div className={css.chips}>{chips}</div>
      </div>
    </div>
  );
}
