/**
 * A program that resizes an image, attached or not, and kills itself at a step: PATH WISH STEP PHASE [PLACE]; or puts its size back: PATH undo. With the phase `within` it says
 * which step begins, and is killed by whoever started it; with `hold` it waits for that at the step; with `call-off` it is called off after it.
 */
import { writeSync } from 'node:fs';
import { readDevices } from '../../../electron/cli/in-process-reader.ts';
import { openActingSession, type Session } from '../../../electron/cli/session.ts';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import type { ResizePlace, ResizeWish } from '../../../electron/ipc/resize.ts';
import { finishResize, resize } from '../../../electron/resize/resize.ts';
import { findSubject } from './find-subject.ts';

const [path = '', wish = '', at = '', phase = '', place = 'null'] = process.argv.slice(2);
const session: Session = await openActingSession();
const abort = new AbortController();
const context = {
  session,
  worker: new ImageWorker(),
  devices: () => readDevices().devices,
  signal: abort.signal,
  onProgress: async (progress: { step: number; phase: string }) => {
    const isThere = progress.step === Number(at);
    if (isThere && progress.phase === phase) process.kill(process.pid, 'SIGKILL');
    if (isThere && progress.phase === 'end' && phase === 'call-off') abort.abort();
    if (!['within', 'hold'].includes(phase) || progress.phase !== 'begin') return;
    writeSync(1, `begins ${progress.step}\n`);
    if (isThere && phase === 'hold') await new Promise(() => undefined);
  },
};
const subject = await findSubject(session, path);
if (wish === 'undo') await finishResize(context, subject, 'undo');
else {
  const request = { wish: JSON.parse(wish) as ResizeWish, place: JSON.parse(place) as ResizePlace | null, reserve: false };
  await resize(context, subject, request);
}
