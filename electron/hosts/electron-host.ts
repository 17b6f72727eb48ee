/**
 * Platter as a desktop program: one instance, one window, the page over app://. Only this file and those beside it know
 * Electron.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, ipcMain, protocol } from 'electron';
import { createApp, type App, type Connection } from '../app.ts';
import { askBeforeEnding } from './electron-ending.ts';
import type { EndingQuestion } from './ending-question.ts';
import { createDesktop } from './electron-desktop.ts';
import { CHANGE_CHANNEL, PAGE_SCHEME, registerCalls } from './electron-calls.ts';
import { confine, createPageSession } from './electron-session.ts';
import { createWindow, loadPage } from './electron-window.ts';
import { Mailbox } from './mailbox.ts';
import { toFileArguments, wantsImage, wantsNewImage, workingFolder } from './file-arguments.ts';
import { PageFiles } from './page-files.ts';

/** What another start of the program was for. */
interface StartWish {
  readonly files: readonly string[];
  readonly newImage: boolean;
  readonly image: boolean;
}

const laterStarts = new Mailbox<StartWish>();

/** Must be called before Electron is ready. Returns false when another instance has taken over the files. */
export function prepareElectron(): boolean {
  app.enableSandbox();
  app.setName('Platter');
  app.setPath('userData', join(app.getPath('appData'), 'platter', 'electron'));
  protocol.registerSchemesAsPrivileged([{ scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
  const isFirst = app.requestSingleInstanceLock({
    files: ownFileArguments(),
    newImage: wantsNewImage(process.argv),
    image: wantsImage(process.argv),
  });
  // From now on other starts hand over their files and end, whether there is a window yet or not.
  if (isFirst) app.on('second-instance', (_event, _words, _folder, data) => laterStarts.add(readWish(data)));
  return isFirst;
}

/** Runs until the window is closed. */
export async function runElectron(): Promise<void> {
  // Whatever holds a page is confined, also what nobody meant to open.
  app.on('web-contents-created', (_event, contents) => confine(contents));
  await app.whenReady();
  const windows = new Map<number, Connection>();
  const platter = await createApp(createDesktop(() => BrowserWindow.getAllWindows()[0] ?? null));
  registerCalls(ipcMain, (contents) => windows.get(contents));
  const pageSession = createPageSession(new PageFiles(fileURLToPath(new URL('../renderer', import.meta.url)), { connect: 'none' }));
  const window = createWindow({ pageSession, size: platter.windowSize, onSize: (size) => platter.rememberWindow(size) });
  const { id } = window.webContents;
  const connection = platter.connect((change) => {
    if (!window.isDestroyed()) window.webContents.send(CHANGE_CHANNEL, change);
  });
  windows.set(id, connection);
  window.once('closed', () => {
    windows.delete(id);
    connection.close();
  });
  openLaterFiles(platter, window);
  endCleanly(platter, askBeforeEnding(window, platter));
  if (wantsNewImage(process.argv)) platter.askForNewImage();
  if (wantsImage(process.argv)) platter.askForImage();
  if (app.isPackaged) void platter.watchInstallation();
  void platter.start().then(async () => platter.openFiles(ownFileArguments()));
  await loadPage(window);
}

function openLaterFiles(platter: App, window: BrowserWindow): void {
  laterStarts.take(({ files, newImage, image }) => {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
    if (newImage) platter.askForNewImage();
    if (image) platter.askForImage();
    void platter.openFiles(files);
  });
}

/** The data comes from another process of the same user, perhaps of another version of the program. */
function readWish(data: unknown): StartWish {
  const { files, newImage, image } = (data ?? {}) as { files?: unknown; newImage?: unknown; image?: unknown };
  const names = Array.isArray(files) ? files.filter((file) => typeof file === 'string') : [];
  return { files: names, newImage: newImage === true, image: image === true };
}

/** The helper is ended before the program is. */
function endCleanly(platter: App, question: EndingQuestion): void {
  let isEnding = false;
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (isEnding) return;
    void question.ask().then((mayEnd) => {
      if (!mayEnd || isEnding) return;
      isEnding = true;
      // Work that cannot be called off may take a while, without a window: whoever starts the program now gets one of his own.
      app.releaseSingleInstanceLock();
      for (const window of BrowserWindow.getAllWindows()) window.close();
      void platter.close().finally(() => app.exit(0));
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      question.waive();
      app.quit();
    });
  }
}

/** From a checkout (`electron FOLDER FILE...`) the first word is the folder of the program. */
function ownFileArguments(): string[] {
  const files = toFileArguments(process.argv.slice(1), workingFolder());
  return files[0] === app.getAppPath() ? files.slice(1) : files;
}
