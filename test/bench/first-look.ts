/**
 * `node test/bench/first-look.ts FILE`: the first look of a program that has had its worker started ahead, in milliseconds. A process of
 * its own, so that nothing of it has run before that would not have run in the window.
 */
import { fileURLToPath } from 'node:url';
import { inspectFile } from '../../electron/images/inspect.ts';
import { ReadyWorker } from '../../electron/images/ready-worker.ts';
import { builtWorker } from './built-worker.ts';
import { timeOf } from './statistics.ts';

export const firstLook = fileURLToPath(import.meta.url);

async function main(path: string): Promise<void> {
  const ready = new ReadyWorker({ files: builtWorker });
  try {
    await ready.prepare();
    const { worker } = ready;
    const taken = await timeOf(async () => inspectFile({ worker, devices: [] }, Buffer.from(path)));
    process.stdout.write(String(taken));
  } finally {
    await ready.close();
  }
}

const [, script, path] = process.argv;
if (script === firstLook && path !== undefined) await main(path);
