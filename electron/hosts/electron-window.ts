/** The window: sandboxed page, system frame, no menu bar, size remembered. */
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, Menu, nativeTheme, type Input, type Session } from 'electron';
import type { App } from '../app.ts';
import { PAGE_ORIGIN } from './electron-calls.ts';

const DEFAULT_SIZE = { width: 1100, height: 760 };
const SMALLEST_SIZE = { minWidth: 360, minHeight: 400 };
/** A page that breaks again so soon would do so for ever. */
const BREAKS_APART_MS = 10_000;
/** The theme's window colours (UX.md §4), so that nothing flashes before the page is there. */
const BACKGROUND = { light: '#fafafb', dark: '#222226' };

type WindowSize = NonNullable<App['windowSize']>;

export interface WindowParts {
  readonly pageSession: Session;
  readonly size: WindowSize | null;
  readonly onSize: (size: WindowSize) => void;
}

export function createWindow({ pageSession, size, onSize }: WindowParts): BrowserWindow {
  Menu.setApplicationMenu(null);
  const { width, height } = size ?? DEFAULT_SIZE;
  const window = new BrowserWindow({
    width,
    height,
    ...SMALLEST_SIZE,
    title: 'Platter',
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      session: pageSession,
      preload: fileURLToPath(new URL('preload.cjs', import.meta.url)),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  if (size?.maximized === true) window.maximize();
  window.once('ready-to-show', () => window.show());
  // On Wayland a hidden window may never be painted, and the event above never come: electron/electron#48859.
  window.webContents.once('did-finish-load', () => window.show());
  window.on('close', () => {
    const bounds = window.getNormalBounds();
    onSize({ width: bounds.width, height: bounds.height, maximized: window.isMaximized() });
  });
  window.webContents.on('before-input-event', (event, input) => {
    if (runShortcut(window, input)) event.preventDefault();
  });
  reloadWhenBroken(window);
  return window;
}

/** Resolves also when the window is closed meanwhile: whoever does that ends a program that starts, and none that failed. */
export async function loadPage(window: BrowserWindow): Promise<void> {
  const { webContents } = window;
  try {
    await webContents.loadURL(`${PAGE_ORIGIN}/`);
  } catch (error) {
    if (!webContents.isDestroyed()) throw error;
  }
}

/** The keys that a menu bar would bring (UX.md §3.13); all others are the page's. */
function runShortcut(window: BrowserWindow, input: Input): boolean {
  if (input.type !== 'keyDown' || !input.control || input.alt || input.meta) return false;
  const zoom = window.webContents.getZoomLevel();
  switch (input.key.toLowerCase()) {
    case 'q':
      app.quit();
      return true;
    case 'w':
      window.close();
      return true;
    case '+':
    case '=':
      window.webContents.setZoomLevel(Math.min(zoom + 0.5, 5));
      return true;
    case '-':
    case '_':
      window.webContents.setZoomLevel(Math.max(zoom - 0.5, -3));
      return true;
    case '0':
      window.webContents.setZoomLevel(0);
      return true;
    default:
      return false;
  }
}

/** The page's process may be ended by the system for lack of memory; the application itself still has everything. */
function reloadWhenBroken(window: BrowserWindow): void {
  let lastBreak = -Infinity;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = performance.now();
    if (now - lastBreak < BREAKS_APART_MS) return window.close();
    lastBreak = now;
    window.webContents.reload();
  });
}
