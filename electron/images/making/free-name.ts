/** Names for new files that no file has yet. Main process and command line. */
import type { NameFinding } from '../../ipc/new-image.ts';
import { exists, isFileName, joinPath, type NewPlace } from './new-file.ts';

/** More like names than anybody has. */
const TRIES = 1000;

export async function checkName(place: NewPlace): Promise<NameFinding> {
  if (!isFileName(place.name)) return { kind: 'invalid' };
  if (!(await exists(joinPath(place.folder, place.name)))) return { kind: 'free' };
  return { kind: 'taken', suggestion: await findFreeName(place.folder, place.name.toString('utf8')) };
}

/** `wanted` itself, or with a number before its ending: `disk.img`, `disk-2.img`. */
export async function findFreeName(folder: Buffer, wanted: string): Promise<string> {
  const dot = wanted.lastIndexOf('.');
  const [stem, ending] = dot <= 0 ? [wanted, ''] : [wanted.slice(0, dot), wanted.slice(dot)];
  for (let number = 1; number <= TRIES; number += 1) {
    const name = number === 1 ? wanted : `${stem}-${number}${ending}`;
    const bytes = Buffer.from(name);
    if (isFileName(bytes) && !(await exists(joinPath(folder, bytes)))) return name;
  }
  return `image-${Date.now()}${ending}`;
}
