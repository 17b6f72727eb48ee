/** Folders and looks for the tests of new images: each file has a folder of its own, which must hold nothing but what was made. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { AppError, type AppErrorCode } from '../../../electron/ipc/errors.ts';
import type { JobProgress } from '../../../electron/jobs/jobs.ts';
import { planImage } from '../../../electron/images/making/create-image.ts';
import type { NewPlace } from '../../../electron/images/making/new-file.ts';
import type { WantedContents } from '../../../electron/images/making/wanted-image.ts';

export const MIB = 1024n * 1024n;
export const root = mkdtempSync(join(tmpdir(), 'platter-making-'));
afterAll(() => rmSync(root, { recursive: true }));

let fresh = 0;

/** A new empty folder. */
export function makeFolder(): string {
  fresh += 1;
  const path = join(root, `folder-${fresh}`);
  mkdirSync(path);
  return path;
}

export function placeOf(folder: string, name = 'disk.img'): NewPlace {
  return { folder: Buffer.from(folder), name: Buffer.from(name) };
}

export interface Made {
  readonly path: string;
  readonly reports: readonly JobProgress[];
}

/** Makes an image as the window and the command line do; returns its path once it is there. */
export async function make(
  contents: WantedContents,
  options: { readonly reserved?: boolean; readonly place?: NewPlace } = {},
): Promise<Made> {
  const place = options.place ?? placeOf(makeFolder());
  const plan = await planImage({ place, contents, reserved: options.reserved ?? false });
  const reports: JobProgress[] = [];
  await plan.run(new AbortController().signal, (progress) => void reports.push(progress));
  return { path: join(place.folder.toString(), place.name.toString()), reports };
}

/** The code of the failure of `work`, `none` where it did not fail. */
export async function codeOf(work: Promise<unknown>): Promise<AppErrorCode | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof AppError) return error.data.code;
    throw error;
  }
}

/** All names in a folder, hidden ones too. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder).toSorted();
}

export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', PATH: `/usr/sbin:/sbin:${process.env['PATH']}` },
  });
}

/** What libblkid's own program says of a file; empty where it finds nothing. */
export function probe(path: string, ...options: string[]): { readonly type: string; readonly label: string } {
  const tell = (tag: string): string => {
    try {
      return run('blkid', '-p', '-o', 'value', '-s', tag, ...options, path).trimEnd();
    } catch {
      // Status 2: nothing was found.
      return '';
    }
  };
  return { type: tell('TYPE'), label: tell('LABEL') };
}

export function allocatedBytes(path: string): number {
  return statSync(path).blocks * 512;
}

/** A folder with text, a large file, a link, a deep path and names that are hard on programs. */
export function makeSource(): string {
  const folder = makeFolder();
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  writeFileSync(join(folder, 'a.txt'), 'alpha\n');
  writeFileSync(join(folder, '-rf'), 'dash\n');
  writeFileSync(join(folder, 'deep/er/größe "x".bin'), Buffer.alloc(3_000_000, 'platter'));
  return folder;
}
