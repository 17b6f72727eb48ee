/** A program that resizes an image, attached or not, and kills itself at a step: PATH WISH STEP PHASE. */
import { openActingSession, type Session } from '../../../electron/cli/session.ts';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { resize } from '../../../electron/resize/resize.ts';
import { findSubject } from './find-subject.ts';

const [path = '', wish = '', at = '', phase = ''] = process.argv.slice(2);
const session: Session = await openActingSession();
const context = {
  session,
  worker: new ImageWorker(),
  signal: new AbortController().signal,
  onProgress: (progress: { step: number; phase: string }) => {
    if (progress.step === Number(at) && progress.phase === phase) process.kill(process.pid, 'SIGKILL');
  },
};
await resize(context, await findSubject(session, path), { wish: JSON.parse(wish) as ResizeWish, place: null, reserve: false });
