/** The list of the library: only the rows that are seen exist. */
import { useMemo, useRef, useState, type ReactElement } from 'react';
import { GridList, GridListItem, ListLayout, Virtualizer, type Selection } from 'react-aria-components';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import { join, pickClasses } from '../../components/class-names.ts';
import { PlacedMenu } from '../../components/menu.tsx';
import { useRowSize } from '../../components/use-row-size.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { openFromLibrary } from '../../state/library-actions.ts';
import { usePlatter, useUi } from '../../state/react-context.ts';
import { showText } from '../../text/format.ts';
import { libraryWords } from '../../text/library-words.ts';
import { libraryEntries } from './library-entries.ts';
import { LibraryRow } from './library-row.tsx';
import itemSheet from '../../components/list-item.module.css';
import sheet from './library.module.css';

const itemCss = pickClasses(itemSheet, ['item']);
const css = pickClasses(sheet, ['list', 'row', 'missing']);
const ROW_REM = 3.5;
const GAP_PX = 2;

export interface LibraryListProps {
  readonly images: readonly LibraryImage[];
  readonly narrow: boolean;
}

export function LibraryList({ images, narrow }: LibraryListProps): ReactElement {
  const { ui } = usePlatter();
  const selection = useUi((state) => state.librarySelection);
  const rowSize = useRowSize(ROW_REM);
  const [menu, setMenu] = useState<string | null>(null);
  const [nowMs] = useState(() => Date.now());
  const layoutOptions = useMemo(() => ({ rowSize, gap: GAP_PX, padding: GAP_PX }), [rowSize]);
  const { open, openDetails } = useOpening(images, narrow);
  const select = (keys: Selection): void => {
    ui.setState({ librarySelection: keys === 'all' ? new Set(images.map((image) => image.id)) : (keys as ReadonlySet<string>) });
  };
  return (
    <>
      <Virtualizer layout={ListLayout} layoutOptions={layoutOptions}>
        <GridList
          aria-label={libraryWords.images}
          className={css.list}
          items={images}
          selectionMode="multiple"
          selectionBehavior="replace"
          selectedKeys={selection}
          onSelectionChange={select}
          onAction={(key) => open(String(key))}
          dependencies={[nowMs, narrow]}
          data-pane-start
        >
          {(image) => (
            <GridListItem
              id={image.id}
              textValue={showText(image.name)}
              className={join(itemCss.item, css.row, image.state !== 'present' && css.missing)}
              data-image={image.id}
              onContextMenu={(event) => {
                event.preventDefault();
                if (!ui.getState().librarySelection.has(image.id)) ui.setState({ librarySelection: new Set([image.id]) });
                setMenu(image.id);
              }}
              {...(narrow
                ? { onPress: (event) => event.pointerType !== 'keyboard' && !event.ctrlKey && !event.shiftKey && openDetails(image.id) }
                : {})}
            >
              <LibraryRow image={image} nowMs={nowMs} />
            </GridListItem>
          )}
        </GridList>
      </Virtualizer>
      <RowMenu image={images.find((image) => image.id === menu)} onClose={() => setMenu(null)} />
    </>
  );
}

/** Enter and double click show the files of an image, or where that cannot be, its details. */
function useOpening(images: readonly LibraryImage[], narrow: boolean) {
  const context = usePlatter();
  const openDetails = (id: string): void => {
    context.ui.setState({ librarySelection: new Set([id]), pane: 'details' });
    // The details of another image have to be drawn first.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-pane="details"] [data-pane-start]')?.focus());
  };
  const open = (id: string): void => {
    const image = images.find((one) => one.id === id);
    const possible = !narrow && image?.state === 'present' && actionExcuse(context.appStore.getState()) === null;
    if (possible) void openFromLibrary(context, image);
    else openDetails(id);
  };
  return { open, openDetails };
}

function RowMenu({ image, onClose }: { readonly image: LibraryImage | undefined; readonly onClose: () => void }): ReactElement | null {
  const context = usePlatter();
  const anchor = useRef<Element>(null);
  if (image === undefined) return null;
  anchor.current = document.querySelector(`[data-image="${image.id}"]`);
  return (
    <PlacedMenu
      anchor={anchor}
      isOpen
      onClose={onClose}
      groups={libraryEntries(context, image)}
      label={libraryWords.menuOf(showText(image.name))}
    />
  );
}
