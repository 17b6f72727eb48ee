/** Which devices count as the user's own. Pure. Main process, command line. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';

/** Platter's own tag in lo_file_name, for what root attached. */
const ROOT_TAG = /^platter:0:/u;

/** Attached through Platter by this user, by the helper's records; to root everything belongs, so there the tag decides. */
export function isMine({ ownership, reference }: Pick<LoopDevice, 'ownership' | 'reference'>, isRoot: boolean): boolean {
  return ownership === 'own' && (!isRoot || ROOT_TAG.test(reference?.text ?? ''));
}
