/** A program that resizes an image that is not attached and kills itself at a step: PATH WISH STEP PHASE. */
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { resize } from '../../../electron/resize/resize.ts';

const [path = '', wish = '', at = '', phase = ''] = process.argv.slice(2);
const session = {
  call: async () => {
    await Promise.resolve();
    throw new Error('an image that is not attached needs no helper');
  },
};
const context = {
  session,
  worker: new ImageWorker(),
  signal: new AbortController().signal,
  onProgress: (progress: { step: number; phase: string }) => {
    if (progress.step === Number(at) && progress.phase === phase) process.kill(process.pid, 'SIGKILL');
  },
};
await resize(context, { path: Buffer.from(path), device: null }, { wish: JSON.parse(wish) as ResizeWish, place: null, reserve: false });
