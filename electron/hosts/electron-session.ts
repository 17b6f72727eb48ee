/** The web session of the window: our own files over app://, and nothing else of the web (SECURITY.md §4). */
import { session, type Session, type WebContents } from 'electron';
import { PAGE_ORIGIN, PAGE_SCHEME } from './electron-calls.ts';
import type { PageFiles } from './page-files.ts';

/** In memory: the page keeps nothing on the disk. */
const PARTITION = 'platter';

/** Copy buttons write text after a click; everything else a page can ask for is denied. */
const GRANTED = 'clipboard-sanitized-write';

export function createPageSession(files: PageFiles): Session {
  const own = session.fromPartition(PARTITION, { cache: false });
  own.protocol.handle(PAGE_SCHEME, async (request) => servePage(files, request));
  own.setPermissionRequestHandler((_contents, permission, answer) => answer(permission === GRANTED));
  own.setPermissionCheckHandler((_contents, permission, origin) => permission === GRANTED && isPageAddress(origin));
  own.setDevicePermissionHandler(() => false);
  own.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isPageAddress(url) && !url.startsWith('data:') }));
  own.on('will-download', (event) => event.preventDefault());
  return own;
}

/** The page stays where it is, opens nothing and holds no foreign content. */
export function confine(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

function isPageAddress(address: string): boolean {
  return address === PAGE_ORIGIN || address.startsWith(`${PAGE_ORIGIN}/`);
}

async function servePage(files: PageFiles, request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  if (request.method !== 'GET' || host !== 'platter') return new Response(null, { status: 404 });
  const { status, headers, body } = await files.answer(pathname.slice(1));
  return new Response(new Uint8Array(body), { status, headers });
}
