/**
 * Runs in the sandboxed page before its own code: gives it `window.platter`, one named function for each method of the
 * table, and nothing else of Electron.
 */
import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron';
import { makeCalls, type RendererApi } from './ipc/api.ts';
import type { Reply } from './ipc/errors.ts';
import type { ImageFile } from './ipc/images.ts';
import type { StateChange } from './ipc/state.ts';

contextBridge.exposeInMainWorld('platter', {
  ...makeCalls(async (method, params): Promise<unknown> => ipcRenderer.invoke(method, params)),
  onStateChange: (listener) => {
    const forward = (_event: IpcRendererEvent, change: StateChange): void => listener(change);
    ipcRenderer.on('state/change', forward);
    return () => {
      ipcRenderer.off('state/change', forward);
    };
  },
  // A File that the page made itself has no path and is refused by main.
  imagesDrop: async (files) => {
    const paths = files.map((file) => webUtils.getPathForFile(file));
    return (await ipcRenderer.invoke('images/drop', paths)) as Reply<readonly ImageFile[]>;
  },
} satisfies RendererApi);
