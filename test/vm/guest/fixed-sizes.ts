/** Images with file systems that have a fixed size, with real files in them. Needs root, and a kernel with the drivers. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIB, testFolder } from '../../kernel/resize/image-maker.ts';

export const kinds = [
  { type: 'vfat', driver: 'vfat', make: ['mkfs.vfat', '-n', 'STICK'], check: ['fsck.fat', '-n'], label: 'STICK' },
  { type: 'exfat', driver: 'exfat', make: ['mkfs.exfat', '-L', 'Cards'], check: ['fsck.exfat', '-n'], label: 'Cards' },
  {
    type: 'ntfs',
    driver: 'ntfs3',
    make: ['mkfs.ntfs', '-q', '-F', '-L', 'Disk-C'],
    check: ['ntfsresize', '--check', '--force'],
    label: 'Disk-C',
  },
] as const;
export type Kind = (typeof kinds)[number];

let count = 0;
function freshFolder(): string {
  count += 1;
  const folder = join(testFolder(), `rebuild-${count}`);
  mkdirSync(folder);
  return folder;
}

/** Mounts a stretch of a file without Platter, for as long as `work` lasts. */
export function withStretch<T>(
  path: string,
  driver: string,
  { start, size }: { start: number; size: number },
  work: (folder: string) => T,
): T {
  const folder = join(freshFolder(), 'mounted');
  mkdirSync(folder);
  execFileSync('mount', ['-t', driver, '-o', `loop,offset=${start},sizelimit=${size}`, path, folder]);
  try {
    return work(folder);
  } finally {
    execFileSync('umount', [folder]);
  }
}

export function readTree(folder: string): ReadonlyMap<string, Buffer | null> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  return new Map(names.map((name) => [name, statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name)) : null]));
}

function fill(folder: string): void {
  mkdirSync(join(folder, 'Photos', 'Été 2026'), { recursive: true });
  for (let index = 0; index < 12; index += 1) writeFileSync(join(folder, 'Photos', `IMG_${index}.jpg`), randomBytes(70_000 + index * 999));
  writeFileSync(join(folder, 'Photos', 'Été 2026', 'a long name with spaces.txt'), 'text');
  writeFileSync(join(folder, 'empty'), '');
}

export interface Made {
  readonly path: string;
  readonly start: number;
  readonly size: number;
}

export function makeImage({ make: [program, ...options], driver }: Kind, table: 'none' | 'gpt' | 'mbr'): Made {
  const path = join(freshFolder(), 'old.img');
  const size = 40 * MIB;
  const start = table === 'none' ? 0 : 12 * MIB;
  writeFileSync(path, '');
  truncateSync(path, start + size + (table === 'none' ? 0 : MIB));
  const part = table === 'none' ? path : `${path}.part`;
  if (table !== 'none') {
    const label = table === 'gpt' ? 'gpt' : 'dos';
    execFileSync('sfdisk', ['-q', path], { input: `label: ${label}\nstart=2048, size=20480\nstart=${start / 512}, size=${size / 512}\n` });
    writeFileSync(part, '');
    truncateSync(part, size);
    const other = `${path}.other`;
    writeFileSync(other, '');
    truncateSync(other, 10 * MIB);
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', 'other', other]);
    execFileSync('dd', [`if=${other}`, `of=${path}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none']);
  }
  execFileSync(program, [...options, part], { stdio: 'ignore' });
  if (part !== path) execFileSync('dd', [`if=${part}`, `of=${path}`, 'bs=1M', `seek=${start / MIB}`, 'conv=notrunc', 'status=none']);
  withStretch(path, driver, { start, size }, fill);
  return { path, start, size };
}

export function blkid(path: string, start: number): Record<string, string> {
  const out = execFileSync('blkid', ['-p', '-o', 'export', '-O', String(start), path], { encoding: 'utf8' });
  return Object.fromEntries(
    out
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
