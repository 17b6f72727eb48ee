/**
 * What a user of the world runs in place of the windows: the real application (electron/app.ts) and its real helper source, told what to do
 * by JSON lines on its standard input. Built and installed by app-world.ts, so that it finds the helper where a package has it.
 */
import { createInterface } from 'node:readline';
import { App, type Connection } from '../../electron/app.ts';
import { createHelperSource } from '../../electron/helper-source.ts';
import { LibraryFile } from '../../electron/library/library-file.ts';
import { SettingsFile } from '../../electron/settings/settings-file.ts';

export type AppOrder =
  | { readonly id: number; readonly do: 'start' }
  /** As `platter FILE...` does. */
  | { readonly id: number; readonly do: 'open'; readonly files: readonly string[] }
  | { readonly id: number; readonly do: 'drop'; readonly files: readonly string[] }
  | { readonly id: number; readonly do: 'call'; readonly method: string; readonly params: object }
  /** Folders that the file manager was asked to show. */
  | { readonly id: number; readonly do: 'shown' };

const shown: string[] = [];
const app = new App({
  version: '0.0.0',
  desktop: {
    kind: 'browser',
    chooseImages: null,
    chooseFolder: null,
    chooseNew: null,
    attention: null,
    readClipboard: null,
    showInFolder: null,
    openFolder: async (path) => void shown.push(path),
    moveToTrash: null,
    listsFolders: true,
  },
  helpers: createHelperSource(process.getuid?.() ?? -1),
  settings: new SettingsFile(`${process.env['HOME'] ?? ''}/settings.json`),
  libraryFile: new LibraryFile(`${process.env['HOME'] ?? ''}/library.json`),
});
const window: Connection = app.connect(() => undefined);

async function obey(order: AppOrder): Promise<unknown> {
  switch (order.do) {
    case 'start':
      return app.start();
    case 'open':
      return app.openFiles(order.files);
    case 'drop':
      return window.drop(order.files);
    case 'call':
      return window.call(order.method, order.params);
    case 'shown':
      return shown;
    default:
      throw new TypeError(order satisfies never);
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const order = JSON.parse(line) as AppOrder;
  obey(order).then(
    (result) => say({ id: order.id, result: result ?? null }),
    (error: unknown) => say({ id: order.id, fault: String(error) }),
  );
});
input.on('close', () => void app.close().then(() => process.exit(0)));
say({ id: 0, result: { pid: process.pid } });
