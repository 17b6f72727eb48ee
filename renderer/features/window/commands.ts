/** Everything that has a key: one table for the keyboard, the palette, the menus and the list of shortcuts. */
import { flushSync } from 'react-dom';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { detachDevices, undoDetach, type Context } from '../../state/actions.ts';
import { copyText, openAttach } from '../../state/device-actions.ts';
import { keyOf, nodePath } from '../../state/device-facts.ts';
import { choiceOf, openDevice, opensFolders, toggleMount } from '../../state/mount-actions.ts';
import { mountToOpen } from '../../state/parts.ts';
import { actionExcuse, growExcuse, type Excuse } from '../../state/excuses.ts';
import { dropToast, openDialog } from '../../state/ui-store.ts';
import { commandWords } from '../../text/command-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { readClipboard } from '../attach/window-drop.tsx';
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

/** Selected devices that are still attached. */
export function selectedDevices(context: Context): readonly LoopDevice[] {
  const { selection } = context.ui.getState();
  return context.appStore.getState().app?.devices.filter((device) => selection.has(keyOf(device))) ?? [];
}

export function commandsOf(context: Context): readonly Command[] {
  return [...fileCommands(context), ...selectionCommands(context), ...windowCommands(context)];
}

function fileCommands(context: Context): readonly Command[] {
  const state = excuseText(actionExcuse(context.appStore.getState()));
  return [
    { id: 'attach', keys: 'Ctrl+O', run: () => void openAttach(context), excuse: state, inPalette: true },
    // The keys themselves come as a paste event, which brings the text along.
    { id: 'paste', keys: 'Ctrl+V', run: () => void readClipboard(context), excuse: state, inPalette: true, notInFields: true },
    { id: 'undo', keys: 'Ctrl+Z', run: () => undoLast(context), notInFields: true },
  ];
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
      run: () => {
        for (const device of devices) void toggleMount(context, device);
      },
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
      id: 'grow',
      keys: 'Ctrl+R',
      run: () => one !== undefined && openDialog(context.ui, { kind: 'grow', key: keyOf(one) }),
      excuse: one === undefined ? commandWords.nothingSelected : excuseText(firstExcuse(state, growExcuse(one))),
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
    { id: 'devices', keys: 'Ctrl+1', run: () => goToList(context) },
    { id: 'nextPane', keys: 'F6', run: () => focusPane(1) },
    { id: 'previousPane', keys: 'Shift+F6', run: () => focusPane(-1) },
    { id: 'back', keys: 'Alt+ArrowLeft', run: () => goToList(context) },
    { id: 'mainMenu', keys: 'F10', run: () => ui.setState({ mainMenuOpen: true }) },
    { id: 'nodes', keys: '', run: () => openDialog(ui, { kind: 'nodes' }), inPalette: true },
    { id: 'preferences', keys: 'Ctrl+,', run: () => openDialog(ui, { kind: 'preferences' }), inPalette: true },
    { id: 'shortcuts', keys: 'F1', run: () => openDialog(ui, { kind: 'shortcuts' }), inPalette: true },
    { id: 'about', keys: '', run: () => openDialog(ui, { kind: 'about' }), inPalette: true },
  ];
}

function focusSearch(context: Context): void {
  showList(context);
  document.getElementById(SEARCH_ID)?.focus();
}

export function goToList(context: Context): void {
  showList(context);
  document.querySelector<HTMLElement>('[data-pane="list"] [data-pane-start]')?.focus();
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
  const toast = context.ui.getState().toasts.findLast((one) => one.action !== null);
  if (toast?.action === null || toast === undefined) return;
  dropToast(context.ui, toast.id);
  toast.action.run();
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
