/**
 * What Platter remembers between starts: preferences and the size of the window, as versioned JSON in
 * $XDG_CONFIG_HOME/platter/settings.json. A file that cannot be understood is kept aside and the defaults apply.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Settings } from '../ipc/state.ts';
import { configurationFolder, setAside, writeWhole } from './whole-file.ts';

const SETTINGS_VERSION = 1;

export interface WindowSize {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

export interface Remembered {
  readonly settings: Settings;
  /** Null until a window was closed once. */
  readonly window: WindowSize | null;
}

/** Read-only until the person decides otherwise (UX.md §3.4). */
export const defaultRemembered: Remembered = {
  settings: {
    attachReadOnly: true,
    partitionScan: true,
    showSystemDevices: false,
    colourScheme: 'system',
    mountFileSystems: true,
    openFolder: true,
  },
  window: null,
};

const pixels = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(100_000));
const { settings: byDefault } = defaultRemembered;
/** A field that is not there has its default, so that a later version may add some; a wrong one spoils the file. */
const settingsDocument = v.object({
  version: v.literal(SETTINGS_VERSION),
  settings: v.object({
    attachReadOnly: v.optional(v.boolean(), byDefault.attachReadOnly),
    partitionScan: v.optional(v.boolean(), byDefault.partitionScan),
    showSystemDevices: v.optional(v.boolean(), byDefault.showSystemDevices),
    colourScheme: v.optional(v.picklist(['system', 'light', 'dark']), byDefault.colourScheme),
    mountFileSystems: v.optional(v.boolean(), byDefault.mountFileSystems),
    openFolder: v.optional(v.boolean(), byDefault.openFolder),
    defaultProgram: v.exactOptional(v.picklist(['platter', 'other'])),
  }),
  window: v.optional(v.nullable(v.object({ width: pixels, height: pixels, maximized: v.boolean() })), null),
});

/** Where the settings lie for this environment. */
export function settingsPath(environment: NodeJS.ProcessEnv): string {
  return join(configurationFolder(environment), 'settings.json');
}

/** Text of the file to what it says; null when it cannot be understood. */
export function parseRemembered(text: string): Remembered | null {
  try {
    const { settings, window } = v.parse(settingsDocument, JSON.parse(text));
    return { settings, window };
  } catch {
    return null;
  }
}

export class SettingsFile {
  readonly #path: string;
  #remembered: Remembered = defaultRemembered;
  /** Writes happen one after the other, so that the last one wins. */
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  get remembered(): Remembered {
    return this.#remembered;
  }

  /** Reads the file. Never fails: without a usable file the defaults apply. */
  async load(): Promise<Remembered> {
    const text = await readFile(this.#path, 'utf8').catch(() => null);
    if (text === null) return this.#remembered;
    const parsed = parseRemembered(text);
    if (parsed === null) await setAside(this.#path);
    else this.#remembered = parsed;
    return this.#remembered;
  }

  /** Remembers from now on and writes the file; resolves when it lies on the disk. Throws the system's error. */
  async save(change: Partial<Remembered>): Promise<void> {
    this.#remembered = { ...this.#remembered, ...change };
    const text = `${JSON.stringify({ version: SETTINGS_VERSION, ...this.#remembered }, null, 2)}\n`;
    const written = this.#writing.then(async () => writeWhole(this.#path, text));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    return this.#writing;
  }
}
