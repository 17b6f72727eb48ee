/** What tells one state of a file from another without reading it. Main process and command line. */
import type { BigIntStats } from 'node:fs';
import { toInode } from '../../native-helper/protocol/scalars.ts';
import { AppError } from '../ipc/errors.ts';
import type { OpenImage } from './open-image.ts';

/** Identity and state of a file at one time: a change of any of them means that the content may be another. */
export interface FilePrint {
  readonly device: string;
  readonly inode: string;
  readonly sizeBytes: string;
  readonly modifiedNs: string;
}

export function printOf(facts: BigIntStats): FilePrint {
  return { device: `${facts.dev}`, inode: toInode(facts.ino), sizeBytes: `${facts.size}`, modifiedNs: `${facts.mtimeNs}` };
}

export function isSamePrint(left: FilePrint, right: FilePrint): boolean {
  const keys = ['device', 'inode', 'sizeBytes', 'modifiedNs'] as const;
  return keys.every((key) => left[key] === right[key]);
}

/** To be asked after an image was read to its end: what was read must be one state of it. Throws FILE_CHANGED. A device does not tell. */
export async function expectUnchanged({ handle, facts }: Pick<OpenImage, 'handle' | 'facts'>): Promise<void> {
  if (!facts.isFile()) return;
  if (!isSamePrint(printOf(await handle.stat({ bigint: true })), printOf(facts))) throw new AppError('FILE_CHANGED');
}
