/** What is on a device, looked at as the user (electron/image-worker), in words and as data. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { contentsInUse, toContents } from '../images/contents.ts';
import type { ImageWorker } from '../images/image-worker.ts';
import { probeDevice } from '../images/probe-image.ts';
import type { Content, Contents } from '../ipc/contents.ts';
import { AppError } from '../ipc/errors.ts';
import { showText, type Context } from './context.ts';
import { takeWorker } from './early-worker.ts';

/** Runs `work` with an image worker, and ends it whatever happens. */
export async function withImageWorker<T>(work: (worker: ImageWorker) => Promise<T>): Promise<T> {
  const worker = takeWorker();
  try {
    return await work(worker);
  } finally {
    await worker.close();
  }
}

/** Of a file this user may not read only what is in use; null where nothing can be said (a damaged image, no image worker). */
export async function readContents(worker: ImageWorker, device: LoopDevice): Promise<Contents | null> {
  try {
    const findings = await probeDevice(worker, device);
    return findings === 'unreadable' ? contentsInUse(device) : toContents(findings);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const kinds = {
  'file-system': 'file system',
  swap: 'swap',
  encrypted: 'encrypted',
  'raid-or-volume': 'part of a volume',
  'partition-table': 'partition table',
  other: 'something else',
} as const;

/** `ext4 file system "backup"`; empty text for nothing known. */
export function describeContent(content: Content | undefined, context: Context): string {
  if (content === undefined || content.kind === 'nothing') return '';
  const { kind, type, label } = content;
  const name = label === null ? [] : [`"${showText(label, context)}"`];
  return [...(type === '' || type === kind ? [] : [showText(type, context)]), kinds[kind], ...name].join(' ');
}
