/** Checksums, checks, labels and space of images; the dialogs tell failures, the rest tells its outcome itself. */
import type { ChecksumAlgorithm, LibraryImage } from '../../electron/ipc/library.ts';
import type { Job, JobTitle } from '../../electron/ipc/state.ts';
import { spaceWords } from '../text/maintenance-words.ts';
import { settle, tellFailure, type Context } from './actions.ts';
import { allMounts } from './device-facts.ts';
import { attachedDevices } from './library-actions.ts';
import { trimMount } from './mount-actions.ts';
import { pushToast } from './ui-store.ts';

const lengths: Readonly<Record<number, ChecksumAlgorithm>> = { 32: 'md5', 64: 'sha256', 128: 'sha512' };

/** Which checksum was pasted; null for none, undefined for what is no checksum. Main looks more closely. */
export function pastedAlgorithm(text: string): ChecksumAlgorithm | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const hex =
    /(?:^|[^0-9a-f])([0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{128})(?:$|[^0-9a-f])/iu.exec(trimmed)?.[1] ?? trimmed.replaceAll(/[\s:]/gu, '');
  return /^[0-9a-f]+$/iu.test(hex) ? lengths[hex.length] : undefined;
}

/** The job that works on an image now. */
export function jobOf(jobs: readonly Job[], image: LibraryImage, kinds: readonly JobTitle['kind'][]): Job | undefined {
  return jobs.findLast((job) => job.state.kind === 'running' && kinds.includes(job.title.kind) && job.image === image.id);
}

/** Zeroed blocks of a detached image; free space of what is mounted of an attached one. */
export async function giveBackSpace(context: Context, image: LibraryImage): Promise<void> {
  const devices = attachedDevices(context, image);
  if (devices.length > 0) {
    for (const device of devices) for (const mount of allMounts(device)) if (!mount.readOnly) await trimMount(context, device, mount);
    return;
  }
  const reply = await settle(context.api.imagesSparsify({ image: image.id }));
  if (!reply.ok) {
    tellFailure(context, spaceWords.failed(image.name), reply.error);
    return;
  }
  const { beforeBytes, afterBytes } = reply.value;
  const given = BigInt(beforeBytes) - BigInt(afterBytes);
  pushToast(context.ui, { text: spaceWords.given(image.name, given, BigInt(afterBytes)) });
}
