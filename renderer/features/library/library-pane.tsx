/** The pane of the library: search, order, folders, rows. */
import { useMemo, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { LibraryFolder, LibraryImage } from '../../../electron/ipc/library.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { SearchField } from '../../components/fields.tsx';
import { CloseIcon, FilterIcon, FoldersIcon, LibraryIcon, SearchIcon } from '../../components/icons.ts';
import { ChoiceMenu } from '../../components/menu.tsx';
import { addFolder } from '../../state/library-actions.ts';
import { librarySorts, viewLibrary } from '../../state/library-view.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { libraryWords } from '../../text/library-words.ts';
import { commonWords } from '../../text/words.ts';
import { LibraryList } from './library-list.tsx';
import sheet from './library.module.css';

const css = pickClasses(sheet, ['toolbar', 'summary', 'banner', 'empty', 'emptyTitle']);
export const LIBRARY_SEARCH_ID = 'search-library';
const NO_FOLDERS: readonly LibraryFolder[] = [];

/** The library as the list shows it; null before the first answer. */
export function useLibraryView(): { readonly all: number; readonly images: readonly LibraryImage[] } | null {
  const { library } = usePlatter();
  const { revision, images } = useStore(library.store);
  const search = useUi((state) => state.librarySearch);
  const sort = useUi((state) => state.librarySort);
  const shown = useMemo(() => viewLibrary(images.values(), search, sort), [images, search, sort]);
  return revision === null && images.size === 0 ? null : { all: images.size, images: shown };
}

export function LibraryPane({ narrow }: { readonly narrow: boolean }): ReactElement {
  const view = useLibraryView();
  if (view === null) return <div role="status" aria-busy="true" aria-label={libraryWords.loading} />;
  return (
    <>
      <SetAsideBanner />
      {view.all === 0 ? null : <Toolbar />}
      {view.all === 0 ? null : <Summary shown={view.images.length} all={view.all} />}
      {view.images.length > 0 ? <LibraryList images={view.images} narrow={narrow} /> : <Empty all={view.all} />}
    </>
  );
}

function Toolbar(): ReactElement {
  const { ui } = usePlatter();
  const search = useUi((state) => state.librarySearch);
  const sort = useUi((state) => state.librarySort);
  return (
    <div className={css.toolbar}>
      <SearchField
        id={LIBRARY_SEARCH_ID}
        label={libraryWords.search}
        value={search}
        onChange={(text) => ui.setState({ librarySearch: text })}
      />
      <ChoiceMenu
        icon={<FilterIcon aria-hidden />}
        label={libraryWords.order}
        sections={[
          {
            id: 'sort',
            title: libraryWords.order,
            value: sort,
            options: librarySorts.map((id) => ({ id, label: libraryWords.orders[id] })),
            onChange: (id) => ui.setState({ librarySort: librarySorts.find((one) => one === id) ?? 'name' }),
          },
        ]}
      />
      <Button tone="flat" label={libraryWords.folders} onPress={() => openDialog(ui, { kind: 'library-folders' })}>
        <FoldersIcon aria-hidden />
      </Button>
    </div>
  );
}

function Summary({ shown, all }: { readonly shown: number; readonly all: number }): ReactElement {
  const selected = useUi((state) => state.librarySelection.size);
  const scanning = useStoreState((state) => (state.app?.library.folders ?? NO_FOLDERS).some((folder) => folder.state === 'scanning'));
  const counted = shown === all ? libraryWords.total(all) : libraryWords.found(shown, all);
  return (
    <div className={css.summary}>
      <bdi>{selected > 1 ? libraryWords.selected(selected) : counted}</bdi>
      {scanning ? <span>{libraryWords.scanning}</span> : null}
    </div>
  );
}

function Empty({ all }: { readonly all: number }): ReactElement {
  const context = usePlatter();
  const search = useUi((state) => state.librarySearch);
  const folders = useStoreState((state) => state.app?.library.folders.length ?? 0);
  if (all > 0) {
    return (
      <div className={css.empty}>
        <SearchIcon aria-hidden />
        <p className={css.emptyTitle}>{libraryWords.noMatch(search)}</p>
        <Button onPress={() => context.ui.setState({ librarySearch: '' })}>{libraryWords.clearSearch}</Button>
      </div>
    );
  }
  return (
    <div className={css.empty}>
      <LibraryIcon aria-hidden />
      <h2 className={css.emptyTitle}>{libraryWords.empty}</h2>
      <p>{libraryWords.emptyText}</p>
      <Button tone="accent" onPress={() => void addFolder(context)}>
        {libraryWords.addFolder}
      </Button>
      {folders === 0 ? null : <Button onPress={() => openDialog(context.ui, { kind: 'library-folders' })}>{libraryWords.folders}</Button>}
    </div>
  );
}

/** Said until it is closed; the file stays. */
function SetAsideBanner(): ReactElement | null {
  const file = useStoreState((state) => state.app?.library.setAside ?? null);
  const [closed, setClosed] = useState<string | null>(null);
  if (file === null || closed === file) return null;
  return (
    <div className={css.banner}>
      <Banner
        tone="warn"
        title={libraryWords.setAside}
        actions={
          <Button onPress={() => setClosed(file)}>
            <CloseIcon aria-hidden />
            {commonWords.close}
          </Button>
        }
      >
        {libraryWords.setAsideText(file)}
      </Banner>
    </div>
  );
}
