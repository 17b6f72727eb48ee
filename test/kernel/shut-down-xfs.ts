/** An image on a disk that is pulled out: an XFS that answers EIO to everything. Needs root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor, type LoopFixture } from './loop-fixture.ts';
import { isBound } from '../../native-helper/linux/sysfs.ts';

const MIB = 1024 * 1024;

/** `work` gets the path of an image of 1 MiB on it, and what pulls out the disk. Afterwards all of it is gone, devices on the image first. */
export async function withShutDownXfs(fixture: LoopFixture, work: (path: string, shutDown: () => void) => Promise<void>): Promise<void> {
  const disk = fixture.makeImage('disk.xfs', 300 * MIB).toString();
  execFileSync('mkfs.xfs', ['-q', disk]);
  const { number } = await fixture.attach(Buffer.from(disk));
  const folder = join(fixture.folder, `pulled-${number}`);
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'xfs', `/dev/loop${number}`, folder]);
  const path = join(folder, 'inner.img');
  try {
    writeFileSync(path, '');
    truncateSync(path, MIB);
    execFileSync('sync', ['-f', path]);
    await work(path, () => execFileSync('xfs_io', ['-x', '-c', 'shutdown', folder]));
  } finally {
    const inner = execFileSync('losetup', ['-n', '-O', 'NAME,BACK-FILE'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(folder))
      .map((line) => line.trim().split(/\s+/u)[0] ?? '');
    for (const node of inner) execFileSync('losetup', ['-d', node]);
    await waitFor('the inner device to go', () => inner.every((node) => !isBound(Number(node.slice('/dev/loop'.length)))));
    execFileSync('umount', [folder]);
  }
}
