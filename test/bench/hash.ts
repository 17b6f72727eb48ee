/** Checksums as the window computes them, process and all, beside the programs of coreutils; the file is in the page cache for all of them. */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { runFileWork } from '../../electron/maintenance/file-worker.ts';
import { commandTime } from './commands.ts';
import { milliseconds, times, type Results } from './results.ts';
import { interleave, median } from './statistics.ts';

const MIB = 1024 * 1024;
/** The sums of a gibibyte take coreutils half a minute a round: with a quarter of it and three rounds this group ends within a minute. */
const rounds = 3;

async function ourTime(path: string, algorithms: readonly string[]): Promise<number> {
  const fd = openSync(path, 'r');
  try {
    const startedAt = performance.now();
    await runFileWork({ kind: 'hash', sizeBytes: String(statSync(path).size), algorithms }, [fd]);
    return performance.now() - startedAt;
  } finally {
    closeSync(fd);
  }
}

/** In `folder`, which should lie on a real disk. */
export async function benchHash(folder: string, results: Results): Promise<void> {
  const work = mkdtempSync(join(folder, 'hash-'));
  try {
    for (const [name, dataMebibytes, sizeMebibytes] of [
      ['256 MiB of data', 256, 256],
      ['32 MiB of data in 256 MiB', 32, 256],
    ] as const) {
      const path = join(work, 'image.img');
      const file = openSync(path, 'w');
      for (let index = 0; index < dataMebibytes; index += 1) writeSync(file, randomBytes(MIB));
      closeSync(file);
      truncateSync(path, sizeMebibytes * MIB);
      const three = 'md5sum "$1" && sha256sum "$1" && sha512sum "$1"';
      const samples = await interleave(
        {
          sha256sum: () => commandTime(['sha256sum', path]),
          sha256: async () => ourTime(path, ['sha256']),
          threeSums: () => commandTime(['sh', '-c', three, 'sh', path]),
          three: async () => ourTime(path, ['md5', 'sha256', 'sha512']),
        },
        rounds,
      );
      const [theirs, ours] = [median(samples.sha256sum), median(samples.sha256)];
      results.add(milliseconds('hash', `${name}: sha256sum`, theirs));
      results.add(milliseconds('hash', `${name}: SHA-256, warm`, ours));
      results.add(times('hash', `${name}: SHA-256 against sha256sum`, theirs, ours, 1));
      results.add(
        times('hash', `${name}: all three against md5sum, sha256sum, sha512sum`, median(samples.threeSums), median(samples.three), null),
      );
      rmSync(path);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}
