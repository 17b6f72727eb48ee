/** What of an opened image is not mounted, and why. Pure. */
import { toContents } from '../images/contents.ts';
import type { Findings } from '../image-worker/findings.ts';
import type { Content, ContentMountFailure } from '../ipc/contents.ts';
import type { AppErrorCode } from '../ipc/errors.ts';
import type { NotMounted } from '../ipc/opening.ts';

const leftOut: Readonly<Partial<Record<AppErrorCode, NotMounted['reason']>>> = {
  FILE_SYSTEM_UNSUPPORTED: 'no-driver',
  NOT_AUTHORIZED: 'not-authorized',
  AUTHORIZATION_DISMISSED: 'not-authorized',
  AUTHORIZATION_UNAVAILABLE: 'not-authorized',
};

/** True where nothing is wrong with the image: this kernel has no driver for the type, or nobody allowed it. */
export function isLeftOut(code: AppErrorCode): boolean {
  return leftOut[code] !== undefined;
}

/** Places whose mounting failed, and places that nobody tried to mount although there is something in them. In the order of the partitions. */
export function findNotMounted(findings: Findings, failures: readonly ContentMountFailure[]): readonly NotMounted[] {
  return toContents(findings).flatMap((content): NotMounted[] => {
    const failure = failures.find(({ partition }) => partition === content.partition);
    const reason = failure === undefined ? reasonOf(content) : leftOut[failure.error.code];
    return reason === undefined ? [] : [{ partition: content.partition, type: content.type, reason }];
  });
}

function reasonOf({ kind, mountable }: Content): NotMounted['reason'] | undefined {
  if (kind === 'encrypted') return 'encrypted';
  if (kind === 'raid-or-volume') return 'volume';
  return kind === 'file-system' && !mountable ? 'unknown-type' : undefined;
}
