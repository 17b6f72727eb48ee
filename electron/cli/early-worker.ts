/**
 * An image worker that starts while the command line still loads the rest of itself: that takes nearly as long as the start of another
 * runtime, and there is more than one processor.
 */
import { ImageWorker } from '../images/image-worker.ts';

let early: ImageWorker | null = null;

/** For a command that takes it in any case. Never fails: what is wrong is said to who asks the worker something. */
export function startEarly(): void {
  early = new ImageWorker();
  early.start();
}

/** The one that was started, or a new one; the caller closes it. */
export function takeWorker(): ImageWorker {
  const worker = early ?? new ImageWorker();
  early = null;
  return worker;
}
