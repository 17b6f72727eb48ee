/** The window: two panes, or one where there is little room, and what floats above them. */
import { useEffect, useSyncExternalStore, type ReactElement } from 'react';
import { useLocale } from 'react-aria-components';
import { useStore } from 'zustand';
import { Button } from '../../components/button.tsx';
import { join, pickClasses } from '../../components/class-names.ts';
import { ForeignText } from '../../components/foreign-text.tsx';
import { BackIcon, DiscIcon, MenuIcon, MoreIcon, PlusIcon } from '../../components/icons.ts';
import { MenuButton, type MenuEntry, type MenuGroups } from '../../components/menu.tsx';
import type { Context } from '../../state/actions.ts';
import { openAttach } from '../../state/device-actions.ts';
import { nodePath, titleOf } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import { useDevice, usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { deviceMenuWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { showText } from '../../text/format.ts';
import { libraryWords } from '../../text/library-words.ts';
import { bannerWords, commonWords, windowWords } from '../../text/words.ts';
import { readClipboard, WindowDrop } from '../attach/window-drop.tsx';
import { DetailsPane } from '../device-details/details-pane.tsx';
import { deviceEntries } from '../device-actions/device-entries.ts';
import { ListPane } from '../device-list/list-pane.tsx';
import { LibraryDetailsPane } from '../library/library-details.tsx';
import { libraryEntries } from '../library/library-entries.ts';
import { LibraryPane } from '../library/library-pane.tsx';
import { ViewTabs } from '../library/view-tabs.tsx';
import { JobsButton } from '../jobs/jobs-button.tsx';
import { Toasts } from '../toasts/toasts.tsx';
import { goToList } from './commands.ts';
import { Dialogs } from './dialogs.tsx';
import { InstallationBanners } from './installation-banners.tsx';
import { LiveRegion } from './live-region.tsx';
import { useAttachWishes } from './use-attach-wishes.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { WindowBanners } from './window-banners.tsx';
import sheet from './window.module.css';

const css = pickClasses(sheet, [
  'window',
  'narrow',
  'pane',
  'sidebar',
  'header',
  'title',
  'scrolledTitle',
  'details',
  'start',
  'end',
  'mirror',
  'connecting',
]);

/** Below this, one pane at a time: the figure of GNOME Disks (UX.md §3.1). */
const narrowQuery = matchMedia('(width < 682px)');

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrowQuery.addEventListener('change', listener);
      return () => narrowQuery.removeEventListener('change', listener);
    },
    () => narrowQuery.matches,
  );
}

export function App(): ReactElement {
  const narrow = useNarrow();
  const pane = useUi((state) => state.pane);
  const known = useStoreState((state) => state.app !== null);
  const lost = useStoreState((state) => state.connection === 'lost');
  useShortcuts(narrow);
  useNewImageWish();
  useLeavingQuestion();
  usePageSettings();
  useAttachWishes();
  useLibraryInSight();
  if (!known) return <Connecting lost={lost} />;
  return (
    <>
      <div className={join(css.window, narrow && css.narrow)}>
        {narrow && pane === 'details' ? null : (
          <main className={join(css.pane, css.sidebar)} data-pane="list" aria-label={windowWords.devices}>
            <ListHeader />
            <WindowBanners />
            <InstallationBanners />
            <ViewTabs devices={<ListPane narrow={narrow} />} library={<LibraryPane narrow={narrow} />} />
          </main>
        )}
        {narrow && pane === 'list' ? null : <Details narrow={narrow} />}
      </div>
      <Toasts />
      <WindowDrop />
      <Dialogs />
      <LiveRegion />
    </>
  );
}

function Details({ narrow }: { readonly narrow: boolean }): ReactElement {
  const view = useUi((state) => state.view);
  const label = view === 'library' ? libraryWords.details : windowWords.details;
  const content = (
    <>
      {view === 'library' ? <LibraryHeader narrow={narrow} /> : <DetailsHeader narrow={narrow} />}
      {narrow ? <WindowBanners /> : null}
      {view === 'library' ? <LibraryDetailsPane narrow={narrow} /> : <DetailsPane narrow={narrow} />}
    </>
  );
  // One landmark of each kind: alone in the window, the details are what the window is about.
  return narrow ? (
    <main className={join(css.pane, css.details)} data-pane="details" aria-label={label}>
      {content}
    </main>
  ) : (
    <aside className={join(css.pane, css.details)} data-pane="details" aria-label={label}>
      {content}
    </aside>
  );
}

function Connecting({ lost }: { readonly lost: boolean }): ReactElement {
  return (
    <main className={css.connecting}>
      <DiscIcon aria-hidden />
      <h1 role="status">{lost ? bannerWords.connectionLost : bannerWords.connecting}</h1>
      {lost ? <p>{bannerWords.connectionLostText}</p> : null}
    </main>
  );
}

function ListHeader(): ReactElement {
  const context = usePlatter();
  const excuse = excuseText(useStoreState(actionExcuse));
  return (
    <header className={css.header}>
      <div className={css.start}>
        <MenuButton icon={<PlusIcon aria-hidden />} label={windowWords.add} groups={[addEntries(context, excuse)]} />
      </div>
      <h1 className={css.title}>{windowWords.images}</h1>
      <div className={css.end}>
        <JobsButton />
        <MainMenu />
      </div>
    </header>
  );
}

/** `excuse`: why nothing can be attached. A file is made without the helper. */
function addEntries(context: Context, excuse: string | undefined): readonly MenuEntry[] {
  const off = excuse === undefined ? {} : { excuse };
  return [
    { id: 'attach', label: windowWords.attach, keys: 'Ctrl+O', run: () => void openAttach(context), ...off },
    { id: 'paste', label: windowWords.paste, keys: 'Ctrl+V', run: () => void readClipboard(context), ...off },
    { id: 'create', label: windowWords.newImage, keys: 'Ctrl+N', run: () => openDialog(context.ui, { kind: 'create' }) },
  ];
}

function MainMenu(): ReactElement {
  const context = usePlatter();
  const { ui } = context;
  const open = useUi((state) => state.mainMenuOpen);
  const excuse = excuseText(useStoreState(actionExcuse));
  const groups: MenuGroups = [
    addEntries(context, excuse),
    [
      { id: 'palette', label: windowWords.palette, keys: 'Ctrl+K', run: () => openDialog(ui, { kind: 'palette' }) },
      {
        id: 'detach-mine',
        label: windowWords.detachMine,
        run: () => openDialog(ui, { kind: 'detach-mine' }),
        ...(excuse === undefined ? {} : { excuse }),
      },
      { id: 'nodes', label: windowWords.nodes, run: () => openDialog(ui, { kind: 'nodes' }) },
    ],
    [
      { id: 'preferences', label: windowWords.preferences, keys: 'Ctrl+,', run: () => openDialog(ui, { kind: 'preferences' }) },
      { id: 'shortcuts', label: windowWords.shortcuts, keys: 'Ctrl+?', run: () => openDialog(ui, { kind: 'shortcuts' }) },
      { id: 'about', label: windowWords.about, run: () => openDialog(ui, { kind: 'about' }) },
    ],
  ];
  return (
    <MenuButton
      icon={<MenuIcon aria-hidden />}
      label={windowWords.mainMenu}
      groups={groups}
      isOpen={open}
      onOpenChange={(mainMenuOpen) => ui.setState({ mainMenuOpen })}
    />
  );
}

function DetailsHeader({ narrow }: { readonly narrow: boolean }): ReactElement {
  const context = usePlatter();
  const selection = useUi((state) => state.selection);
  const [only] = selection.size === 1 ? selection : [];
  const device = useDevice(only ?? null);
  // What the entries of the menu and their excuses are made of.
  useStoreState((state) => state.app);
  useStore(context.contents.store);
  useUi((state) => state.pending);
  return (
    <PaneHeader
      narrow={narrow}
      title={device === undefined ? null : titleOf(device)}
      menu={device === undefined ? null : { label: deviceMenuWords.menuOf(nodePath(device)), groups: deviceEntries(context, device) }}
    />
  );
}

function LibraryHeader({ narrow }: { readonly narrow: boolean }): ReactElement {
  const context = usePlatter();
  const selection = useUi((state) => state.librarySelection);
  const [only] = selection.size === 1 ? selection : [];
  const image = useStore(context.library.store, (state) => (only === undefined ? undefined : state.images.get(only)));
  // The entries of the menu carry excuses, which follow the state of main.
  useStoreState((state) => state.app?.actions);
  useStoreState((state) => state.app?.devices);
  return (
    <PaneHeader
      narrow={narrow}
      title={image?.name ?? null}
      menu={image === undefined ? null : { label: libraryWords.menuOf(showText(image.name)), groups: libraryEntries(context, image) }}
    />
  );
}

interface PaneHeaderProps {
  readonly narrow: boolean;
  readonly title: string | null;
  readonly menu: { readonly label: string; readonly groups: MenuGroups } | null;
}

function PaneHeader({ narrow, title, menu }: PaneHeaderProps): ReactElement {
  const context = usePlatter();
  return (
    <header className={css.header}>
      <div className={css.start}>
        {narrow ? (
          <Button tone="flat" label={commonWords.back} onPress={() => goToList(context)}>
            <BackIcon aria-hidden className={css.mirror} />
          </Button>
        ) : null}
      </div>
      <span className={join(css.title, css.scrolledTitle)} aria-hidden>
        {title === null ? null : <ForeignText>{title}</ForeignText>}
      </span>
      <div className={css.end}>
        {menu === null ? null : <MenuButton icon={<MoreIcon aria-hidden />} label={menu.label} groups={menu.groups} />}
      </div>
    </header>
  );
}

/** What the page as a whole takes from the state: colours, direction, whether it is looked at. */
function usePageSettings(): void {
  const { api } = usePlatter();
  const scheme = useStoreState((state) => state.app?.settings.colourScheme ?? 'system');
  const open = useStoreState((state) => state.connection === 'open');
  const { direction } = useLocale();
  useEffect(() => {
    document.documentElement.dir = direction;
  }, [direction]);
  useEffect(() => {
    if (scheme === 'system') delete document.documentElement.dataset['scheme'];
    else document.documentElement.dataset['scheme'] = scheme;
  }, [scheme]);
  useEffect(() => {
    if (!open) return undefined;
    const tell = (): void => {
      // Only a hint for main's safety re-read: a failure changes nothing that can be seen.
      void api.windowVisibility({ visible: document.visibilityState === 'visible' }).catch(() => undefined);
    };
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [api, open]);
}

/** The desktop's action “New Image” starts the program, or comes to the one that runs. */
function useNewImageWish(): void {
  const { ui } = usePlatter();
  const wishes = useStoreState((state) => state.app?.newImageWishes ?? 0);
  useEffect(() => {
    if (wishes > 0 && ui.getState().dialog === null) openDialog(ui, { kind: 'create' });
  }, [ui, wishes]);
}

/** Its list and its details are of one state, whichever of them fits into the window. */
function useLibraryInSight(): void {
  const { library } = usePlatter();
  const isSeen = useUi((state) => state.view === 'library');
  useEffect(() => (isSeen ? library.watch() : undefined), [library, isSeen]);
}

/** A browser asks before the page is left; Electron's window asks by itself (electron/hosts/electron-ending.ts). */
function useLeavingQuestion(): void {
  const isAsked = useStoreState(
    (state) => state.app?.host === 'browser' && state.app.jobs.some(({ state: { kind } }) => kind === 'running'),
  );
  useEffect(() => {
    if (!isAsked) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isAsked]);
}
