/** One application with the real helper for a file of tests, and a window that calls it. Attaches files under its own folder only. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { App, type Connection } from '../../../electron/app.ts';
import { optionsFromSettings } from '../../../electron/actions/attach.ts';
import { createHelperSource } from '../../../electron/helper-source.ts';
import type { AppErrorData, Reply } from '../../../electron/ipc/errors.ts';
import type {
  AttachOptions,
  AttachOutcome,
  RendererMethodName,
  RendererParamsInput,
  RendererResult,
} from '../../../electron/ipc/methods.ts';
import type { AppState } from '../../../electron/ipc/state.ts';
import { LibraryFile } from '../../../electron/library/library-file.ts';
import { SettingsFile, defaultRemembered } from '../../../electron/settings/settings-file.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';

export const MIB = 1024 * 1024;
export const folder = mkdtempSync(join(tmpdir(), 'platter-app-'));
export const defaults: AttachOptions = { ...optionsFromSettings(defaultRemembered.settings), readOnly: false, partitionScan: false };
let window: Connection;
let fresh = 0;

export function createTestApp(settings: string): App {
  return new App({
    version: '0.0.0',
    desktop: {
      kind: 'browser',
      chooseImages: null,
      chooseFolder: null,
      chooseNew: null,
      attention: null,
      readClipboard: null,
      showInFolder: null,
      openFolder: null,
      moveToTrash: null,
      listsFolders: true,
    },
    helpers: createHelperSource(0),
    settings: new SettingsFile(join(folder, settings)),
    libraryFile: new LibraryFile(join(folder, `library-of-${settings}`)),
  });
}

/** Runs an application over all tests of the file; after each test everything it attached is detached. */
export function useApp(): App {
  const app = createTestApp('settings.json');
  beforeAll(async () => {
    await app.start();
    window = app.connect(() => undefined);
  });
  afterEach(async () => {
    for (const name of ownDevices()) execFileSync('losetup', ['-d', `/dev/${name}`]);
    await until(() => ownDevices().length === 0);
    // The next test may get the same numbers, and must not take what it sees for its own.
    await until(async () => (await state()).devices.every(({ backingFile }) => backingFile?.text.startsWith(folder) !== true));
  });
  afterAll(async () => {
    window.close();
    await app.close();
    rmSync(folder, { recursive: true });
  });
  return app;
}

/** Only what lies under our own folder: others attach devices on this machine too. */
export function ownDevices(): string[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .filter((name) => {
      try {
        return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').startsWith(folder);
      } catch {
        return false;
      }
    });
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => void setTimeout(resolve, 10));
}

export async function reply<N extends RendererMethodName>(method: N, params: RendererParamsInput<N>): Promise<Reply<RendererResult<N>>> {
  return (await window.call(method, params)) as Reply<RendererResult<N>>;
}

export async function call<N extends RendererMethodName>(method: N, params: RendererParamsInput<N>): Promise<RendererResult<N>> {
  const answer = await reply(method, params);
  if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.value;
}

export async function failure<N extends RendererMethodName>(method: N, params: RendererParamsInput<N>): Promise<AppErrorData> {
  const answer = await reply(method, params);
  if (answer.ok) throw new Error(`${method} succeeded`);
  return answer.error;
}

export async function state(): Promise<AppState> {
  return call('state/get', {});
}

/** The device as the window sees it, once it does. */
export async function device(number: number): Promise<LoopDevice> {
  let found: LoopDevice | undefined;
  await until(async () => {
    found = (await state()).devices.find((one) => one.number === number);
    return found !== undefined;
  });
  return found as LoopDevice;
}

/** A new empty file without blocks. */
export function makeImage(bytes = MIB): string {
  fresh += 1;
  const path = join(folder, `image-${fresh}.img`);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

export function idOf(path: string): string {
  const dropped = window.drop([path]);
  if (!dropped.ok) throw new Error('the path was refused');
  return dropped.value[0]?.id ?? '';
}

export async function attach(path: string, options: Partial<AttachOptions> = {}): Promise<AttachOutcome> {
  return call('devices/attach', { image: idOf(path), options: { ...defaults, ...options } });
}

export function helperPid(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const helper = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('native-helper/main.ts'));
  if (helper === undefined) throw new Error('no helper runs');
  return Number(helper);
}
