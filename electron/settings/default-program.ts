/**
 * Makes Platter the program that opens disk images for this user, and takes that back: lines of the user's mimeapps.list
 * (freedesktop.org's MIME Apps specification). What stood there before is kept, so that nothing is lost. Main process.
 */
import { access, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openedTypes } from './opened-types.ts';
import { configurationFolder, writeWhole } from './whole-file.ts';

/** Only where the entry is installed can it be a default. */
export const DESKTOP_ENTRY = '/usr/share/applications/org.platter.Platter.desktop';
const PROGRAM = 'org.platter.Platter.desktop';
const GROUP = '[Default Applications]';

export type Defaults = Readonly<Record<string, string | null>>;

interface Lines {
  readonly before: readonly string[];
  /** Of the group, without its heading. Null: the file has no such group. */
  readonly group: readonly string[] | null;
  readonly after: readonly string[];
}

function cut(text: string): Lines {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === GROUP);
  if (start === -1) return { before: lines, group: null, after: [] };
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('['));
  const end = length === -1 ? lines.length : start + 1 + length;
  return { before: lines.slice(0, start), group: lines.slice(start + 1, end), after: lines.slice(end) };
}

function typeOf(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf('='))).trim();
}

/** What the file says of these types now; null for those it does not name. Pure. */
export function readDefaults(text: string, types: readonly string[]): Defaults {
  const { group } = cut(text);
  const values = new Map((group ?? []).map((line) => [typeOf(line), line.slice(line.indexOf('=') + 1).trim()]));
  return Object.fromEntries(types.map((type) => [type, values.get(type) ?? null]));
}

/** The file with these programs for these types; null takes a line away, and everything else stays byte for byte. Pure. */
export function writeDefaults(text: string, defaults: Defaults): string {
  const { before, group, after } = cut(text);
  const kept = (group ?? []).filter((line) => !Object.hasOwn(defaults, typeOf(line)));
  const added = Object.entries(defaults).flatMap(([type, program]) => (program === null ? [] : [`${type}=${program}`]));
  const end = kept.findLastIndex((line) => line.trim() !== '') + 1;
  const lines = [...kept.slice(0, end), ...added, ...kept.slice(end)];
  if (group === null && added.length === 0) return text;
  const start = before.length === 1 && before[0] === '' ? [] : before;
  const closed = group === null && after.length === 0 ? [''] : [];
  return [...start, GROUP, ...lines, ...closed, ...after].join('\n');
}

export class DefaultProgram {
  readonly #list: string;
  readonly #former: string;

  constructor(environment: NodeJS.ProcessEnv) {
    const own = configurationFolder(environment);
    this.#list = join(dirname(own), 'mimeapps.list');
    this.#former = join(own, 'former-default-programs.json');
  }

  /** False in a checkout and in an AppImage, which no desktop knows. */
  async canBe(): Promise<boolean> {
    return access(DESKTOP_ENTRY).then(
      () => true,
      () => false,
    );
  }

  /** Throws the system's error; then everything is as it was. */
  async take(): Promise<void> {
    const text = await this.#read();
    const former = readDefaults(text, openedTypes);
    const isOurs = Object.values(former).every((program) => program?.startsWith(PROGRAM) === true);
    if (isOurs) return;
    await writeWhole(this.#former, `${JSON.stringify(former)}\n`);
    await writeWhole(this.#list, writeDefaults(text, Object.fromEntries(openedTypes.map((type) => [type, `${PROGRAM};`]))));
  }

  /** Puts back what was there before; what the person has given to a third program meanwhile stays. */
  async giveBack(): Promise<void> {
    const text = await this.#read();
    const former = await this.#readFormer();
    const now = readDefaults(text, openedTypes);
    const ours = openedTypes.filter((type) => now[type]?.startsWith(PROGRAM) === true);
    if (ours.length > 0) {
      const ourFormer = Object.fromEntries(ours.map((type) => [type, former[type] ?? null]));
      await writeWhole(this.#list, writeDefaults(text, ourFormer));
    }
    await unlink(this.#former).catch(() => undefined);
  }

  async #read(): Promise<string> {
    return readFile(this.#list, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
  }

  /** Lost or spoilt: then the lines are taken away, and the system's own defaults hold. */
  async #readFormer(): Promise<Defaults> {
    try {
      const former: unknown = JSON.parse(await readFile(this.#former, 'utf8'));
      if (typeof former !== 'object' || former === null) return {};
      return Object.fromEntries(Object.entries(former).filter(([, program]) => typeof program === 'string'));
    } catch {
      return {};
    }
  }
}
