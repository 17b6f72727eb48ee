/** The keyboard of the window: runs commands, unless a dialog or a text field has the keys. */
import { useEffect } from 'react';
import type { Context } from '../../state/actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import { commandsOf, goToList, matchesKeys, type Command } from './commands.ts';
import { focusPane, openRowMenu } from './focus.ts';

function inField(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]');
}

/** Text that somebody marked in order to copy it. */
function hasMarkedText(): boolean {
  return (document.getSelection()?.toString() ?? '') !== '';
}

function wanted(event: KeyboardEvent, command: Command): boolean {
  if (!matchesKeys(event, command.keys)) return false;
  if (command.notInFields === true && inField(event)) return false;
  // Ctrl+V comes as a paste event, which carries what a page may not read by itself.
  if (command.id === 'paste') return false;
  return !(command.id === 'copyPath' && hasMarkedText());
}

/** A dialog or a menu is open and has the keyboard. */
function hasOverlay({ ui }: Context): boolean {
  const { dialog, chooser } = ui.getState();
  return dialog !== null || chooser !== null || document.querySelector('[data-trigger] :is([role="menu"], [role="listbox"])') !== null;
}

/** In a narrow window, Escape goes back to the list, unless something nearer had a use for it. */
function handleEscape(context: Context, event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.defaultPrevented || hasOverlay(context)) return;
  if (context.ui.getState().pane === 'details') goToList(context);
}

function handle(context: Context, event: KeyboardEvent): void {
  if (hasOverlay(context)) {
    // Above a dialog there may be messages.
    if (event.key !== 'F6' || context.ui.getState().dialog === null) return;
    event.preventDefault();
    focusPane(event.shiftKey ? -1 : 1);
    return;
  }
  if ((event.shiftKey && event.key === 'F10') || event.key === 'ContextMenu') {
    event.preventDefault();
    openRowMenu();
    return;
  }
  if (event.key === '?' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    context.ui.setState({ dialog: { kind: 'shortcuts' } });
    return;
  }
  const command = commandsOf(context).find((one) => wanted(event, one));
  if (command === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (command.excuse === undefined) command.run();
  else context.ui.setState({ announcement: command.excuse });
}

export function useShortcuts(narrow: boolean): void {
  const context = usePlatter();
  useEffect(() => {
    // Before the list sees the keys: it would take Alt+Enter for Enter.
    const listener = (event: KeyboardEvent): void => handle(context, event);
    const escape = (event: KeyboardEvent): void => {
      if (narrow) handleEscape(context, event);
    };
    document.addEventListener('keydown', listener, { capture: true });
    document.addEventListener('keydown', escape);
    return () => {
      document.removeEventListener('keydown', listener, { capture: true });
      document.removeEventListener('keydown', escape);
    };
  }, [context, narrow]);
}
