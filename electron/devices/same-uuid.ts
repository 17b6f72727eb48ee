/** Other block devices of the machine that say to be the same file system, by the links udev makes. Main process. */
import { readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { SameUuid } from '../ipc/device-page.ts';

export async function findSameUuids(
  { number }: Pick<LoopDevice, 'number'>,
  uuids: readonly string[],
  folder = '/dev/disk/by-uuid',
): Promise<readonly SameUuid[]> {
  const found = await Promise.all(
    [...new Set(uuids)].map(async (uuid): Promise<SameUuid[]> => {
      // Only the name of the link is followed: no device is opened for this.
      const target = await readlink(`${folder}/${uuid}`).catch(() => null);
      const node = target === null ? '' : basename(target);
      return node === '' || isPartOf(node, number) ? [] : [{ uuid, node }];
    }),
  );
  return found.flat();
}

function isPartOf(node: string, number: number): boolean {
  return node === `loop${number}` || node.startsWith(`loop${number}p`);
}
