/** Which programs of a user keep a mount in use. Only for the eyes of a person: nothing is decided by it. Runs as root. */
import type { HolderDevice } from '../protocol/holders.ts';
import type { ProgramInUse } from '../protocol/errors.ts';
import { listHolders } from '../operations/holders/holder-list.ts';

/** More than this nobody reads, and a user can start many. */
const MOST_PROGRAMS = 32;

/** Those of other users are not told; `uid` 0 sees everybody's. */
export async function listMountUsers({
  device,
  mountId,
  uid,
}: {
  device: number;
  mountId: number;
  uid: number;
}): Promise<readonly ProgramInUse[]> {
  const list = await listHolders({ number: device, loops: [], uid, others: 'leave-out', isRoot: false });
  const programs = list === null ? [] : programsOf(list.root, mountId);
  return programs.slice(0, MOST_PROGRAMS);
}

function programsOf({ mounts, devices }: HolderDevice, mountId: number): readonly ProgramInUse[] {
  const here = mounts.filter((mount) => mount.mountId === mountId).flatMap(({ processes }) => processes);
  return [...here.map(({ pid, name }) => ({ pid, name })), ...devices.flatMap((above) => programsOf(above, mountId))];
}
