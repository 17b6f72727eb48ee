/** Whether udisks2 may be asked to attach a file: its command line knows fewer options, and does not look for a second use. Main process. */
import { readlink } from 'node:fs/promises';
import type { AttachParams, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { HelperError } from '../../native-helper/protocol/errors.ts';

export interface FileInUse {
  /** As the kernel names the open file. */
  readonly name: string;
  readonly devices: readonly LoopDevice[];
}

export type AttachPlan = { readonly kind: 'attach' } | { readonly kind: 'reuse'; readonly device: LoopDevice };

/** The open file's own name; a name is all that may be known of other devices' files without root. */
export async function readFileName(fd: number): Promise<string> {
  return readlink(`/proc/self/fd/${fd}`);
}

/** Pure. Throws HelperError: what udisks2 cannot do, and what would write to one file through two devices. */
export function planAttach(params: AttachParams, { name, devices }: FileInUse): AttachPlan {
  const { directIo, logicalBlockSizeBytes, reference, device } = params;
  if (directIo || logicalBlockSizeBytes !== 0 || reference !== null || device !== null) throw new HelperError('ROOT_REQUIRED');
  const same = devices.filter(({ backingFile }) => backingFile?.text === name);
  const equal = same.find((one) => one.offsetBytes === params.offsetBytes && one.sizeLimitBytes === params.sizeLimitBytes);
  if (equal !== undefined && params.whenAttached === 'reuse') return { kind: 'reuse', device: equal };
  const inTheWay = same.find(({ readOnly }) => !(readOnly && params.readOnly && params.whenAttached === 'attach-again'));
  if (inTheWay !== undefined) throw new HelperError('IMAGE_OVERLAPS', { detail: { device: inTheWay.number } });
  return { kind: 'attach' };
}
