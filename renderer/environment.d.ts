/** What the page is given from outside: the API of the preload script. */
import type { RendererApi } from '../electron/ipc/api.ts';

declare global {
  interface Window {
    /** Set by Electron's preload script; absent in the browser host. */
    readonly platter?: RendererApi;
  }
}
