/** What the desktop offers the application in Electron: file chooser, clipboard, file manager. */
import { clipboard, dialog, shell, type BrowserWindow, type OpenDialogOptions, type SaveDialogOptions } from 'electron';
import type { Desktop } from './desktop.ts';
import { createAttention } from './electron-attention.ts';
import { openFolder } from './file-manager.ts';

/** `window` gives the window that a dialog belongs to, null when there is none. */
export function createDesktop(window: () => BrowserWindow | null): Desktop {
  return {
    kind: 'electron',
    chooseImages: async (multiple) => {
      const options: OpenDialogOptions = { properties: multiple ? ['openFile', 'multiSelections'] : ['openFile'] };
      const parent = window();
      const { filePaths } = await (parent === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(parent, options));
      return filePaths;
    },
    chooseFolder: async () => {
      const options: OpenDialogOptions = { properties: ['openDirectory'] };
      const parent = window();
      const { filePaths } = await (parent === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(parent, options));
      return filePaths[0] ?? null;
    },
    chooseNew: async (path) => {
      const options: SaveDialogOptions = { defaultPath: path, properties: ['createDirectory'] };
      const parent = window();
      const { filePath } = await (parent === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(parent, options));
      return filePath === '' ? null : filePath;
    },
    // File managers put the paths or addresses of copied files there as plain text too.
    readClipboard: async () => clipboard.readText(),
    showInFolder: (path) => shell.showItemInFolder(path),
    openFolder,
    moveToTrash: async (path) => shell.trashItem(path),
    listsFolders: false,
    attention: createAttention(window),
  };
}
