/** Reads what the kernel says of a descriptor that came with a request, and has image-check.ts decide. Runs as root. */
import { getSizeBytes } from '../linux/block-device.ts';
import { fileFacts, fileSystemMagic, getSeals, getStatusFlags } from '../linux/descriptors.ts';
import { askMagic } from '../linux/slow-files.ts';
import { HelperError } from '../protocol/errors.ts';
import { checkImage, openFlags, type Image } from './image-check.ts';
import { asHelperError } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** f_type of tmpfs and hugetlbfs, linux/magic.h: where memfd_create(2) makes its files. */
const sealedFileSystems: ReadonlySet<bigint> = new Set([0x0102_1994n, 0x9584_58f6n]);

/**
 * Errors: IMAGE_NOT_SHARED (root may not stat it: a private FUSE mount), IMAGE_NOT_ANSWERING (nothing was attached) and those of
 * {@link checkImage}.
 */
export async function readImage({ live }: Pick<Operations, 'live'>, fd: number): Promise<Image> {
  const statusFlags = getStatusFlags(fd);
  const facts = asHelperError({ EACCES: 'IMAGE_NOT_SHARED', EPERM: 'IMAGE_NOT_SHARED' }, () => fileFacts(fd));
  const isOpen = (statusFlags & openFlags.path) === 0;
  const isBlock = facts.type === 'block' && isOpen;
  const magic = live.isRemote(facts.device) ? await askSlowMagic(fd) : fileSystemMagic(fd);
  return checkImage({
    ...facts,
    statusFlags,
    sizeBytes: isBlock ? readBlockSize(fd) : facts.sizeBytes,
    fileSystemMagic: magic,
    // Only files in memory can be sealed, and it says something only of those that could be written otherwise.
    seals: sealedFileSystems.has(magic) && (statusFlags & openFlags.accessMode) === openFlags.readWrite ? getSeals(fd) : null,
  });
}

async function askSlowMagic(fd: number): Promise<bigint> {
  const answer = await askMagic(fd);
  if (answer.kind === 'late') throw new HelperError('IMAGE_NOT_ANSWERING');
  return answer.result;
}

function readBlockSize(fd: number): bigint {
  return asHelperError({}, () => getSizeBytes(fd));
}

/** The one descriptor of a request; the dispatcher has counted them. */
export function descriptorOf(request: { readonly descriptors: readonly number[] }): number {
  const [fd] = request.descriptors;
  if (fd === undefined) throw new HelperError('INVALID_REQUEST');
  return fd;
}
