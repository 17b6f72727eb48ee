/** Journals of file systems that were really in use: copied while mounted, stopped by force, and unmounted. As root. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inspectFile } from '../../../electron/images/inspect.ts';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { losetup } from '../cli/command.ts';
import { useLoopFixture } from '../loop-fixture.ts';

const fixture = useLoopFixture();
const worker = new ImageWorker();
afterAll(async () => worker.close());
const MIB = 1024 * 1024;

const types = {
  ext4: { bytes: 32 * MIB, make: ['mkfs.ext4', '-q', '-F'] },
  xfs: { bytes: 512 * MIB, make: ['mkfs.xfs', '-q'] },
} as const;

async function stateOf(path: string) {
  const { whole, findings } = await inspectFile({ worker, devices: [] }, Buffer.from(path));
  return [whole?.state, findings.map(({ code }) => code)];
}

/** Lets `use` work in the mounted file system; afterwards it is unmounted and detached. */
async function whileMounted(path: string, use: (place: string) => Promise<void> | void): Promise<void> {
  const node = losetup(['-f', '--show', path]).stdout.trim();
  const place = join(fixture.folder, 'used');
  mkdirSync(place);
  execFileSync('mount', [node, place]);
  try {
    await use(place);
  } finally {
    execFileSync('umount', [place]);
    losetup(['-d', node]);
    rmdirSync(place);
  }
}

describe.each(Object.keys(types) as (keyof typeof types)[])('%s', (type) => {
  function make(): string {
    const { bytes, make: words } = types[type];
    const path = fixture.makeImage(`${type}.img`, bytes).toString();
    execFileSync(words[0], [...words.slice(1), path]);
    return path;
  }

  test('is clean as it was made, unclean while it is in use, and clean when it was unmounted', async () => {
    const path = make();
    expect(await stateOf(path)).toEqual(['clean', []]);
    const taken = `${path}.copy`;
    await whileMounted(path, async (place) => {
      writeFileSync(join(place, 'file'), 'written');
      execFileSync('sync', ['-f', place]);
      copyFileSync(path, taken);
      expect(await stateOf(taken)).toEqual(['unclean', ['journal-unclean']]);
    });
    expect(await stateOf(path)).toEqual(['clean', []]);
    // The copy is what a machine without power leaves: the kernel brings its journal in.
    await whileMounted(taken, (place) => void execFileSync('cmp', ['-s', join(place, 'file'), '-'], { input: 'written' }));
    expect(await stateOf(taken)).toEqual(['clean', []]);
  });

  test('is unclean when it was stopped by force', async () => {
    const path = make();
    await whileMounted(path, (place) => {
      for (let file = 0; file < 50; file += 1) writeFileSync(join(place, `file-${file}`), 'written');
      // Shut down with its log written, but not what the log says (xfs_io(8); ext4 takes the same ioctl).
      execFileSync('xfs_io', ['-x', '-c', 'shutdown -f', place]);
    });
    expect(await stateOf(path)).toEqual(['unclean', ['journal-unclean']]);
  });

  test('is unclean when it was copied while it was frozen', async () => {
    const path = make();
    await whileMounted(path, (place) => {
      writeFileSync(join(place, 'file'), 'written');
      execFileSync('fsfreeze', ['-f', place]);
      try {
        copyFileSync(path, `${path}.frozen`);
      } finally {
        execFileSync('fsfreeze', ['-u', place]);
      }
    });
    // A frozen ext4 has an empty journal and says so; XFS leaves a record that only mounting takes away.
    expect(await stateOf(`${path}.frozen`)).toEqual(type === 'ext4' ? ['clean', []] : ['unclean', ['journal-unclean']]);
  });
});
