/** The keyboard of the window: runs commands, unless a dialog or a text field has the keys. */
import { useEffect } from 'react';
import type { Context } from '../../state/actions.ts';
import { usePlatter } from '../../state/react-context.ts';
import { commandsOf, goToList, matchesKeys, type Command } from './commands.ts';
import { openRowMenu } from './focus.ts';

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

function handle(context: Context, narrow: boolean, event: KeyboardEvent): void {
  const { dialog, chooser } = context.ui.getState();
  if (dialog !== null || chooser !== null) return;
  // In the capturing phase, an open menu has not seen the key yet.
  if (document.querySelector('[role="menu"], [role="listbox"][data-in-popover]') !== null && event.key === 'Escape') return;
  if (event.key === 'Escape' && narrow && context.ui.getState().pane === 'details' && !event.defaultPrevented) {
    goToList(context);
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
  if (command.excuse === undefined) command.run();
  else context.ui.setState({ announcement: command.excuse });
}

export function useShortcuts(narrow: boolean): void {
  const context = usePlatter();
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => handle(context, narrow, event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, [context, narrow]);
}
