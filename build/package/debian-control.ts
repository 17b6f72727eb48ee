/** The control file and the checksums of a .deb (deb-control(5), deb-md5sums(5)). */
import { createHash } from 'node:crypto';
import { globSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageOrder } from './fpm-arguments.ts';

function regularFiles(root: string): string[] {
  return globSync('**', { cwd: root })
    .filter((name) => lstatSync(join(root, name)).isFile())
    .toSorted();
}

/** One line each for the regular files of `root`. */
export function md5sums(root: string): string {
  const lines = regularFiles(root).map(
    (name) =>
      `${createHash('md5')
        .update(readFileSync(join(root, name)))
        .digest('hex')}  ${name}\n`,
  );
  return lines.join('');
}

/** Installed-Size: kibibytes, a whole one for each beginning of one, and one for everything that is no regular file. */
function installedKibibytes(root: string): number {
  const sizes = globSync('**', { cwd: root }).map((name) => {
    const stats = lstatSync(join(root, name));
    return stats.isFile() ? Math.ceil(stats.size / 1024) : 1;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

const LINE_LENGTH = 76;

/** The synopsis, and the rest folded, each line with the blank that continues a field. */
export function foldDescription(synopsis: string, text: string): string {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/u)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return [synopsis, ...lines.map((line) => ` ${line}`)].join('\n');
}

export function binaryControl(order: PackageOrder, root: string): string {
  const fields = [
    ['Package', order.name],
    ['Version', order.version],
    ['Architecture', order.architecture],
    ['Maintainer', order.maintainer],
    ['Installed-Size', String(installedKibibytes(root))],
    ['Depends', order.depends.join(', ')],
    ['Recommends', order.recommends.join(', ')],
    ['Section', order.section],
    ['Priority', order.priority],
    ['Homepage', order.homepage ?? ''],
    ['Description', foldDescription(order.summary, order.description)],
  ] as const;
  const filled = fields.filter(([, value]) => value !== '');
  return filled.map(([name, value]) => `${name}: ${value}\n`).join('');
}
