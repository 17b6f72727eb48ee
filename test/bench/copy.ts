/** Copying an image into a new one, as the window does it, beside `cp --sparse=always` and sync: both end with the data on the disk. */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { planImage } from '../../electron/images/making/create-image.ts';
import { commandTime } from './commands.ts';
import { milliseconds, times, type Results } from './results.ts';
import { interleave, median } from './statistics.ts';

const MIB = 1024 * 1024;
const rounds = 7;

interface Sample {
  readonly name: string;
  readonly dataMebibytes: number;
  readonly sizeMebibytes: number;
}

const samples: readonly Sample[] = [
  { name: '512 MiB of data', dataMebibytes: 512, sizeMebibytes: 512 },
  { name: '128 MiB of data in 4 GiB', dataMebibytes: 128, sizeMebibytes: 4096 },
];

/** Data in pieces of 4 MiB, with holes of the same number between them. */
function makeSource(path: string, { dataMebibytes, sizeMebibytes }: Sample): void {
  const pieces = dataMebibytes / 4;
  const apart = (sizeMebibytes * MIB) / pieces;
  const file = openSync(path, 'w');
  for (let index = 0; index < pieces; index += 1) writeSync(file, randomBytes(4 * MIB), 0, 4 * MIB, index * apart);
  closeSync(file);
  truncateSync(path, sizeMebibytes * MIB);
}

async function ourTime(source: string, target: string): Promise<number> {
  const place = { folder: Buffer.from(join(target, '..')), name: Buffer.from(target.slice(target.lastIndexOf('/') + 1)) };
  const start = performance.now();
  const plan = await planImage({ place, contents: { kind: 'copy', source: Buffer.from(source) }, reserved: false });
  await plan.run(new AbortController().signal, () => undefined);
  const taken = performance.now() - start;
  rmSync(target);
  return taken;
}

function theirTime(source: string, target: string): number {
  const taken = commandTime(['sh', '-c', 'cp --sparse=always -- "$1" "$2" && sync -- "$2"', 'sh', source, target]);
  rmSync(target);
  return taken;
}

/** In `folder`, which should lie on a real disk. */
export async function benchCopy(folder: string, results: Results): Promise<void> {
  const work = mkdtempSync(join(folder, 'copy-'));
  try {
    for (const sample of samples) {
      const source = join(work, 'source.img');
      makeSource(source, sample);
      const contestants = {
        cp: () => theirTime(source, join(work, 'cp.img')),
        platter: async () => ourTime(source, join(work, 'platter.img')),
      };
      await interleave(contestants, 1);
      const taken = await interleave(contestants, rounds);
      const [cpMs, platterMs] = [median(taken.cp), median(taken.platter)];
      results.add(milliseconds('copy', `${sample.name}: cp --sparse=always and sync`, cpMs));
      results.add(milliseconds('copy', `${sample.name}: Platter`, platterMs));
      results.add(times('copy', `${sample.name}: Platter against cp`, cpMs, platterMs, 1));
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}
