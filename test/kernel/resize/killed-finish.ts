/** A program that puts the size of an image back, PATH, and is killed meanwhile by whoever started it. */
import { readDevices } from '../../../electron/cli/in-process-reader.ts';
import { openActingSession } from '../../../electron/cli/session.ts';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { finishResize } from '../../../electron/resize/resize.ts';
import { findSubject } from './find-subject.ts';

const [path = ''] = process.argv.slice(2);
const session = await openActingSession();
const context = {
  session,
  worker: new ImageWorker(),
  devices: () => readDevices().devices,
  signal: new AbortController().signal,
  onProgress: () => undefined,
};
await finishResize(context, await findSubject(session, path), 'undo');
