/** What the page is given from outside: the API of the preload script, style sheets, and the version at build time. */
import type { RendererApi } from '../electron/ipc/api.ts';

declare global {
  interface Window {
    /** Set by Electron's preload script; absent in the browser host. */
    readonly platter?: RendererApi;
  }
}

declare module '*.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
