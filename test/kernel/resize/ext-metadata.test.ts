/** What is saved of an ext4 before resize2fs: the listing of its groups may be longer than what is kept of a tool's output. */
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findExtMetadata } from '../../../electron/resize/ext-metadata.ts';
import { testFolder } from './image-maker.ts';

const GROUPS = 24_576;
const BLOCK_BYTES = 1024;

test.runIf(process.env['PLATTER_LONG'] === '1')('of a file system with very many groups the last one is saved too', async () => {
  const path = join(testFolder(), 'groups.img');
  writeFileSync(path, '');
  truncateSync(path, GROUPS * 1024 * BLOCK_BYTES);
  const options = ['-b', String(BLOCK_BYTES), '-g', '1024', '-N', String(GROUPS), '-O', '^resize_inode,^has_journal'];
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', ...options, path]);
  const listing = execFileSync('dumpe2fs', [path], { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 }).toString('latin1');
  const [, first = ''] = /at ([0-9]+)\n/u.exec(listing.slice(listing.lastIndexOf('  Group descriptor at'))) ?? [];
  const file = await open(path, 'r');
  try {
    const size = BigInt(GROUPS * 1024 * BLOCK_BYTES);
    const place = { file, offset: 0n, fromBytes: size, toBytes: size };
    const stretches = await findExtMetadata({ ...place, scratch: Buffer.from(`${path}.scratch`), signal: new AbortController().signal });
    const block = BigInt(first) * BigInt(BLOCK_BYTES);
    expect(listing.length).toBeGreaterThan(8 << 20);
    expect(stretches.filter(({ start, end }) => start <= block && end > block)).toHaveLength(1);
  } finally {
    await file.close();
  }
});
