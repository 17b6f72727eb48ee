/**
 * Looks who uses the attached devices for as long as somebody watches. The kernel has no event for a file that is opened or a folder that
 * is entered, and fanotify(7) would hold up whoever opens one: so it is looked again and again, and seldom where a look takes long.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { readTrees } from './in-process-reader.ts';
import { eventsBetween, NO_USERS, usersOf, type UserEvent, type Users } from './watch-users.ts';

/** From one look to the next (platter(1), WATCH). */
const LOOK_EVERY_MS = 2000;
/** The pause is at least so many times as long as the look: at most a twentieth of a processor. */
const PAUSE_PER_LOOK = 19;

/**
 * Resolves when `signal` fires; throws what looking throws. `devices` gives those that are attached; with a device all that used it is
 * forgotten.
 */
export async function lookAtUsers(
  devices: () => readonly LoopDevice[],
  tell: (event: UserEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let known: ReadonlyMap<string, Users> = new Map();
  while (!signal.aborted) {
    const start = performance.now();
    known = await lookOnce(devices, known, { tell, signal });
    const tookMs = performance.now() - start;
    await pause(Math.max(LOOK_EVERY_MS, tookMs * PAUSE_PER_LOOK), undefined, { signal }).catch(() => undefined);
  }
}

interface Telling {
  readonly tell: (event: UserEvent) => void;
  readonly signal: AbortSignal;
}

async function lookOnce(
  devices: () => readonly LoopDevice[],
  known: ReadonlyMap<string, Users>,
  { tell, signal }: Telling,
): Promise<ReadonlyMap<string, Users>> {
  const asked = devices();
  const trees = asked.length === 0 ? new Map<number, never>() : await readTrees(asked, signal).catch(ended(signal));
  if (trees === null) return known;
  const present = new Set(devices().map(({ diskseq }) => diskseq));
  const now = new Map<string, Users>();
  for (const device of asked) {
    const tree = trees.get(device.number);
    // Gone meanwhile, or another image under the same number: not what was looked at.
    if (tree === undefined || !present.has(device.diskseq)) continue;
    const users = usersOf(device, tree);
    now.set(device.diskseq, users);
    for (const event of eventsBetween(known.get(device.diskseq) ?? NO_USERS, users)) tell(event);
  }
  return now;
}

/** A look that was given up because watching ended is no failure. */
function ended(signal: AbortSignal): (error: unknown) => null {
  return (error) => {
    if (signal.aborted) return null;
    throw error;
  };
}
