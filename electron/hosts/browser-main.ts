/**
 * Entry of the browser host: `server.js [--no-open] [--new-image] [--port N] FILE...`. Prints one line with the address, serves until
 * it is told to end (SIGINT, SIGTERM), and leaves nothing running.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from '../app.ts';
import { BrowserHost } from './browser-host.ts';
import { parseOptions, type BrowserOptions } from './browser-options.ts';
import { openFolder } from './file-manager.ts';
import { leaveIdleMemoryAlone } from './idle-memory.ts';
import { PageFiles } from './page-files.ts';

const USAGE = 'Usage: server.js [--no-open] [--new-image] [--port N] [FILE...]';
const EXIT_USAGE = 64;

/**
 * Opens the person's browser by way of a private file that leads to the address: words of a command can be read by
 * everybody on the machine, and the first to use the address owns the window. Returns what takes the file away.
 */
function openBrowser(address: string): () => void {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
  const folder = mkdtempSync(join(isAbsolute(runtime) ? runtime : tmpdir(), 'platter-'));
  const page = join(folder, 'platter.html');
  writeFileSync(page, `<!doctype html><title>Platter</title><meta http-equiv="refresh" content="0;url=${address}">`, { mode: 0o600 });
  const child = spawn('xdg-open', [page], { stdio: 'ignore', detached: true });
  // Without xdg-open the printed address is the way.
  child.on('error', () => undefined);
  child.unref();
  return () => rmSync(folder, { recursive: true, force: true });
}

function hasDesktop(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.getuid?.() !== 0 && (DISPLAY ?? WAYLAND_DISPLAY ?? '') !== '';
}

async function run({ open, newImage, port, files }: BrowserOptions): Promise<void> {
  const app = await createApp({
    kind: 'browser',
    chooseImages: null,
    chooseFolder: null,
    chooseNew: null,
    attention: null,
    readClipboard: null,
    showInFolder: null,
    openFolder: hasDesktop() ? openFolder : null,
    moveToTrash: null,
    listsFolders: true,
  });
  const page = new PageFiles(fileURLToPath(new URL('../renderer', import.meta.url)), { connect: 'self' });
  const host = new BrowserHost(app, page);
  await host.listen(port);
  const address = host.newAddress();
  process.stdout.write(`Platter is at ${address}\n`);
  const forget = open && hasDesktop() ? openBrowser(address) : () => undefined;

  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  if (newImage) app.askForNewImage();
  // Not waited for: a file on a dead share must not keep the program from ending.
  void app.start().then(async () => app.openFiles(files));
  await told;
  forget();
  await Promise.allSettled([host.close(), app.close()]);
}

leaveIdleMemoryAlone();
const options = parseOptions(process.argv.slice(2));
if (options === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = EXIT_USAGE;
} else {
  try {
    await run(options);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`Platter could not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
