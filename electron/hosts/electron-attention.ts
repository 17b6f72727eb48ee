/** Notifications, the launcher's progress bar, and keeping the machine awake while work is under way, in Electron. */
import { Notification, powerSaveBlocker, type BrowserWindow } from 'electron';
import type { Attention } from './desktop.ts';

/** `setProgressBar`: above 1 means that the end is not known, below 0 takes the bar away. */
const UNKNOWN_END = 2;
const NO_BAR = -1;

export function createAttention(window: () => BrowserWindow | null): Attention {
  let awake: number | null = null;
  // A notification that nothing refers to loses its click.
  const shown = new Set<Notification>();
  return {
    isInFront: () => window()?.isFocused() ?? false,
    notify: (title, body) => {
      if (!Notification.isSupported()) return;
      const notification = new Notification({ title, body });
      shown.add(notification);
      notification.once('click', () => bringToFront(window()));
      notification.once('close', () => shown.delete(notification));
      notification.show();
    },
    showWork: (part) => {
      window()?.setProgressBar(part === null ? NO_BAR : part === 'unknown' ? UNKNOWN_END : part);
      if (part !== null) awake ??= powerSaveBlocker.start('prevent-app-suspension');
      else if (awake !== null) {
        powerSaveBlocker.stop(awake);
        awake = null;
      }
    },
  };
}

function bringToFront(window: BrowserWindow | null): void {
  if (window === null || window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
