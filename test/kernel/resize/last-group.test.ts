/** What is shown is what the tools make: sizes at which the last group of an ext4 is too small for its tables, by the real resize2fs. */
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endOfLastGroup, withWholeLastGroup } from '../../../electron/resize/planning/last-group.ts';
import { readGroups } from '../../../electron/resize/read-groups.ts';
import { MIB, testFolder } from './image-maker.ts';

async function groupsOf(path: string) {
  const file = await open(path, 'r');
  try {
    return await readGroups(file, 0n, 'whole');
  } finally {
    await file.close();
  }
}

function blocksOf(path: string): { readonly count: number; readonly bytes: number } {
  const said = execFileSync('dumpe2fs', ['-h', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const field = (name: string): number => Number(new RegExp(`^${name}: +([0-9]+)$`, 'mu').exec(said)?.[1]);
  return { count: field('Block count'), bytes: field('Block size') };
}

test.each([
  ['of 1024 bytes', ['-b', '1024'], 20],
  ['of 4096 bytes', ['-b', '4096'], 100],
  ['of 4096 bytes, without sparse copies', ['-b', '4096', '-O', '^sparse_super,^resize_inode'], 100],
  ['of 1024 bytes, small groups', ['-b', '1024', '-g', '1024', '-O', '^resize_inode'], 20],
])('blocks %s', async (_name, options, mebibytes) => {
  const path = join(testFolder(), `groups-${options.join('')}.img`);
  writeFileSync(path, '');
  truncateSync(path, mebibytes * MIB);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', ...options, path]);
  const groups = await groupsOf(path);
  if (groups === null) throw new Error('no ext4');
  const groupBytes = groups.groupBlocks * groups.blockBytes;
  const base = Math.ceil((mebibytes * MIB) / groupBytes) * groupBytes + groups.firstBlock * groups.blockBytes;
  let shorter = 0;
  for (let blocks = 1; blocks < 3 * groups.groupBlocks; blocks += 97) {
    const size = BigInt(groupBytes + blocks * groups.blockBytes);
    const least = withWholeLastGroup(size, groups);
    expect(least >= size && endOfLastGroup(least, groups, 'offline') === least).toBe(true);
  }
  // Growing all the time: a size asked for, and what comes of it.
  for (let step = 1; step <= 12; step += 1) {
    const wanted = base + Math.floor(step / 3) * 2 * groupBytes + ((step % 3) + 1) * 40 * groups.blockBytes * step;
    truncateSync(path, wanted);
    execFileSync('e2fsck', ['-fp', path], { stdio: 'ignore' });
    execFileSync('resize2fs', [path, `${Math.floor(wanted / 512)}s`], { stdio: 'ignore' });
    const { count, bytes } = blocksOf(path);
    const present = await groupsOf(path);
    expect(BigInt(count) * BigInt(bytes), `${wanted}`).toBe(endOfLastGroup(BigInt(wanted), present ?? groups, 'offline'));
    if (count * bytes < wanted - bytes) shorter += 1;
  }
  // Sizes that all fit would prove nothing.
  expect(shorter).toBeGreaterThan(0);
});
