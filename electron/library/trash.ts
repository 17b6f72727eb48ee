/**
 * The trash of the desktop (the Trash specification of freedesktop.org 1.0): that of the home folder for files on the same disk; for others by
 * GLib's gio, which knows the trash of every disk. Main process and command line, as the user.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, stat, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { AppError } from '../ipc/errors.ts';
import { errorName } from '../images/open-image.ts';
import { whileMovable } from '../resize/unfinished.ts';
import { renameWithoutReplacing } from '../settings/system-calls.ts';
import { findTool } from '../tools/find-tool.ts';
import { runTool, toolFailure } from '../tools/run-tool.ts';
import { expectDetached, toMoveError } from './move-image.ts';

const GIO_LIMIT_MS = 60_000;
const NAMES_TRIED = 1000;

/** Throws IMAGE_ATTACHED, FILE_NOT_REGULAR, RESIZE_RUNNING, RESIZE_UNFINISHED, and what {@link moveToTrash} throws. */
export async function trashImage(path: Buffer, devices: Iterable<LoopDevice>, asked: Asked): Promise<void> {
  const facts = await expectDetached(path, devices);
  if (!facts.isFile()) throw new AppError('FILE_NOT_REGULAR');
  await whileMovable(path, facts, async () => moveToTrash(path, asked));
}

/** The desktop's own way; null where it has none. */
type Asked = ((path: string) => Promise<void>) | null;

/** Moves a file there. Throws TRASH_UNSUPPORTED, FOLDER_NOT_WRITABLE and the system's. */
async function moveToTrash(path: Buffer, asked: Asked): Promise<void> {
  const text = path.toString('utf8');
  // A name that is not UTF-8 cannot be said to them.
  const sayable = Buffer.from(text).equals(path);
  if (sayable && asked !== null) return asked(text);
  const home = trashFolder(process.env);
  if (sayable && findTool('gio') !== null && !(await isOnDiskOf(home, path))) return trashByGio(text);
  return trashAtHome(path, home);
}

async function trashByGio(path: string): Promise<void> {
  const result = await runTool({ program: 'gio', args: ['trash', '--', path], timeLimitMs: GIO_LIMIT_MS });
  if (result.status === 0) return;
  const unsupported = /not supported|unable to (?:find or )?create trash/iu.test(result.stderr);
  throw unsupported ? new AppError('TRASH_UNSUPPORTED', { details: result.stderr }) : toolFailure('gio', result);
}

export function trashFolder(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_DATA_HOME'];
  return join(configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.local/share'), 'Trash');
}

/** A trash that is not there yet will be on the disk of the folder it is made in. */
async function isOnDiskOf(folder: string, path: Buffer): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [there, here] = await Promise.all([stat(folder), lstat(path)]);
  return there.dev === here.dev;
}

/** The note first, which also reserves the name; then the file. Throws TRASH_UNSUPPORTED for a file on another disk. */
export async function trashAtHome(path: Buffer, folder: string): Promise<void> {
  const [files, notes] = [join(folder, 'files'), join(folder, 'info')];
  for (const one of [files, notes]) await mkdir(one, { recursive: true, mode: 0o700 });
  if (!(await isOnDiskOf(files, path))) throw new AppError('TRASH_UNSUPPORTED');
  for (let first = 1; ;) {
    const { name, note, number } = await reserveName(notes, path, first);
    try {
      return renameWithoutReplacing(path, Buffer.concat([Buffer.from(`${files}/`), name]));
    } catch (error) {
      await unlink(note).catch(() => undefined);
      // A file without a note, which something else left there.
      if (errorName(error) !== 'EEXIST') throw toMoveError(error);
      first = number + 1;
    }
  }
}

interface Reserved {
  readonly name: Buffer;
  readonly note: Buffer;
  readonly number: number;
}

async function reserveName(notes: string, path: Buffer, first: number): Promise<Reserved> {
  const original = path.subarray(path.lastIndexOf(0x2f) + 1);
  const text = `[Trash Info]\nPath=${toAddressPath(path)}\nDeletionDate=${localTime(new Date())}\n`;
  for (let number = first; number <= NAMES_TRIED; number += 1) {
    // The note's own ending must fit as well.
    const name = number === 1 ? original.subarray(0, 240) : Buffer.concat([original.subarray(0, 230), Buffer.from(`.${number}`)]);
    const note = Buffer.concat([Buffer.from(`${notes}/`), name, Buffer.from('.trashinfo')]);
    try {
      const handle = await open(note, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
      return { name, note, number };
    } catch (error) {
      if (errorName(error) !== 'EEXIST') throw error;
    }
  }
  throw new AppError('TRASH_UNSUPPORTED');
}

/** As in addresses: every byte that is not plain as %XX. */
function toAddressPath(path: Buffer): string {
  return [...path]
    .map((byte) =>
      /[A-Za-z0-9/._~-]/u.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

/** `2026-11-26T10:30:00`, in the time of the place. */
function localTime(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
