/** Everything that has a key: one table for the keyboard, the palette, the menus and the list of shortcuts. */
import { flushSync } from 'react-dom';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { detachDevices, undoDetach, type Context } from '../../state/actions.ts';
import { copyText, openAttach, openResize } from '../../state/device-actions.ts';
import { keyOf, nodePath } from '../../state/device-facts.ts';
import { choiceOf, openDevice, opensFolders, toggleEach } from '../../state/mount-actions.ts';
import { mountToOpen } from '../../state/parts.ts';
import { actionExcuse, resizeExcuse, makeExcuse, type Excuse } from '../../state/excuses.ts';
import { addFolder, attachedDevices, copyImagePaths, openFromLibrary, selectedImages, trashImages } from '../../state/library-actions.ts';
import { dropToast, openDialog, type UiState } from '../../state/ui-store.ts';
import { commandWords } from '../../text/command-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { readClipboard } from '../attach/window-drop.tsx';
import { changeExcuse, fileExcuse } from '../library/library-entries.ts';
import { LIBRARY_SEARCH_ID } from '../library/library-pane.tsx';
import { SEARCH_ID } from '../device-list/list-pane.tsx';
import { focusAdvanced, focusPane, openRowMenu } from './focus.ts';

export interface Command {
  readonly id: keyof typeof commandWords;
  readonly keys: string;
  readonly run: () => void;
  /** Why it does nothing now. */
  readonly excuse?: string | undefined;
  /** Left to the text field when the keys are pressed in one. */
  readonly notInFields?: boolean;
  /** Listed in the palette. */
  readonly inPalette?: boolean;
}

/** Selected devices that are still attached; in the library, those of the selected images. */
export function selectedDevices(context: Context): readonly LoopDevice[] {
  const { selection, view } = context.ui.getState();
  if (view === 'library') return selectedImages(context).flatMap((image) => attachedDevices(context, image));
  return context.appStore.getState().app?.devices.filter((device) => selection.has(keyOf(device))) ?? [];
}

export function commandsOf(context: Context): readonly Command[] {
  const inLibrary = context.ui.getState().view === 'library';
  const library = inLibrary ? libraryCommands(context) : [];
  const taken = new Set(library.map((command) => command.id));
  const others = [...fileCommands(context), ...selectionCommands(context), ...windowCommands(context)];
  return [...library, ...others.filter((command) => !taken.has(command.id))];
}

function fileCommands(context: Context): readonly Command[] {
  const state = excuseText(actionExcuse(context.appStore.getState()));
  return [
    { id: 'attach', keys: 'Ctrl+O', run: () => void openAttach(context), excuse: state, inPalette: true },
    { id: 'create', keys: 'Ctrl+N', run: () => openDialog(context.ui, { kind: 'create' }), excuse: makingExcuse(context), inPalette: true },
    // The keys themselves come as a paste event, which brings the text along.
    { id: 'paste', keys: 'Ctrl+V', run: () => void readClipboard(context), excuse: state, inPalette: true, notInFields: true },
    { id: 'undo', keys: 'Ctrl+Z', run: () => undoLast(context), notInFields: true },
  ];
}

/** Files are made without the helper; all it takes is somebody to ask. */
function makingExcuse({ appStore }: Context): string | undefined {
  return excuseText(makeExcuse(appStore.getState()));
}

function selectionCommands(context: Context): readonly Command[] {
  const state = actionExcuse(context.appStore.getState());
  const devices = selectedDevices(context);
  const [first] = devices;
  const none = first === undefined ? commandWords.nothingSelected : undefined;
  const one = devices.length === 1 ? first : undefined;
  return [
    {
      id: 'detach',
      keys: 'Ctrl+E',
      run: () => void detachDevices(context, devices),
      excuse: none ?? excuseText(state),
      inPalette: true,
    },
    {
      id: 'mount',
      keys: 'Ctrl+M',
      run: () => void toggleEach(context, devices),
      excuse: none ?? excuseText(firstExcuse(state, one === undefined ? null : toggleExcuse(context, one))),
      inPalette: true,
    },
    {
      id: 'openFiles',
      keys: '',
      run: () => one !== undefined && openDevice(context, one),
      excuse: one === undefined || mountToOpen(one, null) === null || !opensFolders(context) ? commandWords.nothingMounted : undefined,
      inPalette: true,
    },
    {
      id: 'resize',
      keys: 'Ctrl+R',
      run: () => one !== undefined && openResize(context, one),
      excuse: one === undefined ? commandWords.nothingSelected : excuseText(firstExcuse(state, resizeExcuse(one))),
      inPalette: true,
    },
    {
      id: 'copyPath',
      keys: 'Ctrl+C',
      run: () => void copyText(context, devices.map((device) => device.backingFile?.text ?? '').join('\n')),
      excuse: none,
      inPalette: true,
      notInFields: true,
    },
    {
      id: 'copyNode',
      keys: 'Ctrl+Shift+C',
      run: () => void copyText(context, devices.map(nodePath).join('\n')),
      excuse: none,
      inPalette: true,
      notInFields: true,
    },
    { id: 'advanced', keys: 'Alt+Enter', run: () => focusAdvanced(context), excuse: none },
    { id: 'rowMenu', keys: 'F9', run: openRowMenu, excuse: none },
  ];
}

/** Of the images that are selected in the library; Ctrl+C copies their paths. */
function libraryCommands(context: Context): readonly Command[] {
  const images = selectedImages(context);
  const [first] = images;
  const one = images.length === 1 ? first : undefined;
  const none = first === undefined ? commandWords.noImageSelected : undefined;
  const oneOnly = one === undefined ? commandWords.noImageSelected : undefined;
  const state = excuseText(actionExcuse(context.appStore.getState()));
  return [
    { id: 'copyPath', keys: 'Ctrl+C', run: () => void copyImagePaths(context, images), excuse: none, inPalette: true, notInFields: true },
    {
      id: 'openImage',
      keys: '',
      run: () => one !== undefined && void openFromLibrary(context, one),
      excuse: oneOnly ?? state ?? (one === undefined ? undefined : fileExcuse(one)),
      inPalette: true,
    },
    {
      id: 'rename',
      keys: 'F2',
      run: () => one !== undefined && openDialog(context.ui, { kind: 'library-rename', image: one.id }),
      excuse: oneOnly ?? (one === undefined ? undefined : changeExcuse(context, one)),
      inPalette: true,
      notInFields: true,
    },
    {
      id: 'trash',
      keys: 'Delete',
      run: () => void trashImages(context, images),
      excuse: none ?? images.map((image) => changeExcuse(context, image)).find((excuse) => excuse !== undefined),
      inPalette: true,
      notInFields: true,
    },
  ];
}

/** Why neither Mount nor Unmount is possible. */
function toggleExcuse(context: Context, device: LoopDevice): Excuse | null {
  const { mounted, mountable, excuse } = choiceOf(context, device);
  return mounted.length > 0 || mountable.length > 0 ? null : excuse;
}

function windowCommands(context: Context): readonly Command[] {
  const { ui } = context;
  return [
    { id: 'search', keys: 'Ctrl+F', run: () => focusSearch(context) },
    { id: 'palette', keys: 'Ctrl+K', run: () => openDialog(ui, { kind: 'palette' }) },
    { id: 'jobs', keys: 'Ctrl+J', run: () => ui.setState((state) => ({ jobsOpen: !state.jobsOpen })) },
    { id: 'devices', keys: 'Ctrl+1', run: () => goToView(context, 'devices') },
    { id: 'library', keys: 'Ctrl+2', run: () => goToView(context, 'library'), inPalette: true },
    { id: 'addFolder', keys: '', run: () => void addFolder(context), inPalette: true },
    { id: 'nextPane', keys: 'F6', run: () => focusPane(1) },
    { id: 'previousPane', keys: 'Shift+F6', run: () => focusPane(-1) },
    { id: 'back', keys: 'Alt+ArrowLeft', run: () => goToList(context) },
    { id: 'mainMenu', keys: 'F10', run: () => ui.setState({ mainMenuOpen: true }) },
    {
      id: 'detachMine',
      keys: '',
      run: () => openDialog(ui, { kind: 'detach-mine' }),
      excuse: excuseText(actionExcuse(context.appStore.getState())),
      inPalette: true,
    },
    { id: 'nodes', keys: '', run: () => openDialog(ui, { kind: 'nodes' }), inPalette: true },
    { id: 'preferences', keys: 'Ctrl+,', run: () => openDialog(ui, { kind: 'preferences' }), inPalette: true },
    { id: 'shortcuts', keys: 'F1', run: () => openDialog(ui, { kind: 'shortcuts' }), inPalette: true },
    { id: 'about', keys: '', run: () => openDialog(ui, { kind: 'about' }), inPalette: true },
  ];
}

function focusSearch(context: Context): void {
  const { ui } = context;
  showList(context);
  document.getElementById(ui.getState().view === 'library' ? LIBRARY_SEARCH_ID : SEARCH_ID)?.focus();
}

export function goToList(context: Context): void {
  showList(context);
  document.querySelector<HTMLElement>('[data-pane="list"] [data-pane-start]')?.focus();
}

function goToView(context: Context, view: UiState['view']): void {
  flushSync(() => context.ui.setState({ view }));
  goToList(context);
}

/** The pane is there when this returns: what is typed right after the key must find the field that the key leads to. */
function showList({ ui }: Context): void {
  flushSync(() => ui.setState({ pane: 'list' }));
}

/** Takes back the last detach or, where there is none, the last attach that still offers it. */
function undoLast(context: Context): void {
  const offer = context.appStore.getState().app?.undoOffers.at(-1);
  if (offer !== undefined) {
    void undoDetach(context, offer.id, offer.fileName);
    return;
  }
  const toast = context.ui.getState().toasts.findLast((one) => one.action?.undoes === true);
  if (toast === undefined) return;
  dropToast(context.ui, toast.id);
  toast.action?.run();
}

/** True when the keys of the event are those of `keys`, such as `Ctrl+Shift+C`. */
export function matchesKeys(event: KeyboardEvent, keys: string): boolean {
  if (keys === '') return false;
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  const wants = (modifier: string): boolean => parts.slice(0, -1).includes(modifier);
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (event.ctrlKey || event.metaKey) === wants('Ctrl') &&
    event.altKey === wants('Alt') &&
    event.shiftKey === wants('Shift')
  );
}
