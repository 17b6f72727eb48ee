/** The pane with the list: search, filter, rows, and the counted row of system devices. */
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { pickClasses } from '../../components/class-names.ts';
import { SearchField } from '../../components/fields.tsx';
import { CloseIcon, DiscIcon, FilterIcon, PackageIcon, SearchIcon } from '../../components/icons.ts';
import { ChoiceMenu } from '../../components/menu.tsx';
import { filters, sortOrders, viewList, type ListView } from '../../state/list-view.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { actionExcuse, mayAskForPassword } from '../../state/excuses.ts';
import { openAttach } from '../../state/device-actions.ts';
import { openDialog } from '../../state/ui-store.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { listWords, windowWords } from '../../text/words.ts';
import { DeviceList } from './device-list.tsx';
import { useBusyness } from './use-busyness.ts';
import sheet from './device-list.module.css';

const css = pickClasses(sheet, ['skeleton', 'toolbar', 'summary', 'filterChip', 'footer', 'empty', 'emptyTitle', 'emptyActions']);
export const SEARCH_ID = 'search-devices';
/** Nothing moves for the first moment, so that a quick start does not flicker. */
const SKELETON_DELAY_MS = 300;

/** What the list shows now: devices of main, seen through search, filter and order. */
export function useListView(): ListView {
  const devices = useStoreState((state) => state.app?.devices);
  const preference = useStoreState((state) => state.app?.settings.showSystemDevices ?? false);
  const search = useUi((state) => state.search);
  const filter = useUi((state) => state.filter);
  const sort = useUi((state) => state.sort);
  const showSystem = useUi((state) => state.showSystem) ?? preference;
  const busyness = useBusyness(sort === 'activity');
  return useMemo(
    () => viewList(devices ?? [], { search, filter, sort, showSystem, busyness }),
    [devices, search, filter, sort, showSystem, busyness],
  );
}

export function ListPane({ narrow }: { readonly narrow: boolean }): ReactElement {
  const view = useListView();
  const loading = useStoreState((state) => state.app === null || state.app.list.kind === 'loading');
  const stale = useStoreState((state) => state.connection === 'lost' || state.app?.list.kind === 'lost');
  const total = useStoreState((state) => state.app?.devices.length ?? 0);
  return (
    <>
      {total === 0 ? null : <ListToolbar />}
      {total === 0 ? null : <ListSummary view={view} />}
      {loading ? <Skeleton /> : null}
      {!loading && view.devices.length > 0 ? <DeviceList devices={view.devices} stale={stale} narrow={narrow} /> : null}
      {!loading && view.devices.length === 0 ? <EmptyList view={view} total={total} /> : null}
      {view.systemCount === 0 ? null : <SystemFooter count={view.systemCount} />}
    </>
  );
}

function ListToolbar(): ReactElement {
  const { ui } = usePlatter();
  const search = useUi((state) => state.search);
  const filter = useUi((state) => state.filter);
  const sort = useUi((state) => state.sort);
  return (
    <div className={css.toolbar}>
      <SearchField id={SEARCH_ID} label={listWords.search} value={search} onChange={(text) => ui.setState({ search: text })} />
      <ChoiceMenu
        icon={<FilterIcon aria-hidden />}
        label={listWords.filterAndSort}
        sections={[
          {
            id: 'filter',
            title: listWords.show,
            value: filter,
            options: filters.map((id) => ({ id, label: listWords.filters[id] })),
            onChange: (id) => ui.setState({ filter: filters.find((one) => one === id) ?? 'all' }),
          },
          {
            id: 'sort',
            title: listWords.order,
            value: sort,
            options: sortOrders.map((id) => ({ id, label: listWords.orders[id] })),
            onChange: (id) => ui.setState({ sort: sortOrders.find((one) => one === id) ?? 'name' }),
          },
        ]}
      />
    </div>
  );
}

function ListSummary({ view }: { readonly view: ListView }): ReactElement {
  const { ui } = usePlatter();
  const filter = useUi((state) => state.filter);
  const selected = useUi((state) => state.selection.size);
  const shown = view.devices.length;
  const counted = shown === view.candidateCount ? listWords.total(shown) : listWords.found(shown, view.candidateCount);
  return (
    <div className={css.summary}>
      <bdi>{selected > 1 ? listWords.selected(selected) : counted}</bdi>
      {filter === 'all' ? null : (
        <Button className={css.filterChip} onPress={() => ui.setState({ filter: 'all' })}>
          {listWords.filteredBy(listWords.filters[filter])}
          <CloseIcon aria-label={listWords.removeFilter} />
        </Button>
      )}
    </div>
  );
}

function SystemFooter({ count }: { readonly count: number }): ReactElement | null {
  const { ui } = usePlatter();
  const preference = useStoreState((state) => state.app?.settings.showSystemDevices ?? false);
  const showSystem = useUi((state) => state.showSystem) ?? preference;
  const filter = useUi((state) => state.filter);
  if (filter === 'system') return null;
  return (
    <div className={css.footer}>
      <span>
        <PackageIcon aria-hidden />
        <bdi>{showSystem ? listWords.systemShown(count) : listWords.systemHidden(count)}</bdi>
      </span>
      <Button tone="flat" onPress={() => ui.setState({ showSystem: !showSystem })}>
        {showSystem ? listWords.hideSystem : listWords.showSystem}
      </Button>
    </div>
  );
}

function EmptyList({ view, total }: { readonly view: ListView; readonly total: number }): ReactElement {
  const context = usePlatter();
  const search = useUi((state) => state.search);
  const filter = useUi((state) => state.filter);
  const excuse = useStoreState(actionExcuse);
  const host = useStoreState((state) => state.app?.host);
  const asks = useStoreState(mayAskForPassword);
  const attach = (
    <Button tone="accent" excuse={excuseText(excuse)} onPress={() => void openAttach(context)}>
      {windowWords.attach}
    </Button>
  );
  if (search !== '' || filter !== 'all') {
    return (
      <div className={css.empty}>
        <SearchIcon aria-hidden />
        <p className={css.emptyTitle}>{search === '' ? listWords.noMatchFilter : listWords.noMatch(search)}</p>
        <Button onPress={() => context.ui.setState({ search: '', filter: 'all' })}>{listWords.removeFilter}</Button>
      </div>
    );
  }
  if (total > 0 && view.systemCount > 0) {
    return (
      <div className={css.empty}>
        <DiscIcon aria-hidden />
        <p className={css.emptyTitle}>{listWords.onlySystem}</p>
        <p>{listWords.onlySystemText}</p>
        {attach}
      </div>
    );
  }
  return (
    <div className={css.empty}>
      <DiscIcon aria-hidden />
      <h2 className={css.emptyTitle}>{listWords.empty}</h2>
      <p>{host === 'browser' ? listWords.emptyBrowserText : listWords.emptyText}</p>
      <div className={css.emptyActions}>
        {attach}
        <Button onPress={() => openDialog(context.ui, { kind: 'create' })}>{windowWords.newImage}</Button>
      </div>
      {asks ? <p>{listWords.firstRun}</p> : null}
    </div>
  );
}

function Skeleton(): ReactElement {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SKELETON_DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={css.skeleton} aria-busy="true" role="status" aria-label={listWords.loading}>
      {shown ? Array.from({ length: 6 }, (_, index) => <div key={index} />) : null}
    </div>
  );
}
