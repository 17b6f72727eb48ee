/** Files among the words of a command line. */
import { resolve } from 'node:path';

function hasOption(words: readonly string[], option: string): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? undefined : end).includes(option);
}

/** True when the words ask for the dialog of a new image, as the desktop's action does. */
export function wantsNewImage(words: readonly string[]): boolean {
  return hasOption(words, '--new-image');
}

/** The same for an image to attach. */
export function wantsImage(words: readonly string[]): boolean {
  return hasOption(words, '--attach-image');
}

/** Where relative names are seen from. A folder that was deleted under a terminal has no name any more; its files are then not found. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return process.env['PWD'] ?? '/';
  }
}

/** Words that are no options, as absolute paths seen from `folder`; file: addresses (from a desktop's "Open with") stay. */
export function toFileArguments(words: readonly string[], folder: string): string[] {
  const end = words.indexOf('--');
  const before = end === -1 ? words : words.slice(0, end);
  const after = end === -1 ? [] : words.slice(end + 1);
  const files = before.filter((word) => word !== '' && !word.startsWith('-'));
  return [...files, ...after].map((word) => (/^file:/iu.test(word) ? word : resolve(folder, word)));
}
