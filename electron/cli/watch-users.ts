/**
 * Who uses a device, as events of `platter watch` (platter(1), WATCH): what the kernel tells nobody of, found by looking and comparing with
 * the look before. Pure. Each device has what uses it itself; what uses a loop device on top of it is told of that one.
 */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { HolderDevice, HolderMount, HolderProcess, MountNamespace } from '../../native-helper/protocol/holders.ts';
import type { KernelText } from '../../native-helper/protocol/scalars.ts';
import { devicesOf, processesOf, processKey } from '../ipc/holder-facts.ts';
import { subjectOf, type Subject } from './watch-events.ts';

interface SeenMount extends Pick<HolderMount, 'mountId' | 'mountPoint' | 'root' | 'fileSystemType' | 'readOnly'> {
  readonly namespace: MountNamespace;
}

export type UserEvent = Subject &
  (
    | { readonly event: 'process-added' | 'process-changed' | 'process-removed'; readonly process: HolderProcess }
    | { readonly event: 'loop-added' | 'loop-removed'; readonly loop: string; readonly backingFile: KernelText | null }
    | { readonly event: 'swap-file-on' | 'swap-file-off'; readonly path: KernelText }
    | { readonly event: 'mounted-elsewhere' | 'unmounted-elsewhere'; readonly mount: SeenMount }
  );

/** One user by what makes it the same one the next time; `fact` says when it is another way of using. */
interface User {
  readonly fact: string;
  readonly come: UserEvent;
  readonly gone: UserEvent;
  /** Null where nothing about it can change. */
  readonly other: UserEvent | null;
}
export type Users = ReadonlyMap<string, User>;

export const NO_USERS: Users = new Map();

export function usersOf(device: LoopDevice, root: HolderDevice): Users {
  const subject = subjectOf(device);
  const users = new Map<string, User>();
  const own = withoutLoops(root);
  for (const process of processesOf({ root: own })) {
    const about = { ...subject, process };
    users.set(`process ${processKey(process)}`, {
      fact: JSON.stringify(process.uses),
      come: { event: 'process-added', ...about },
      gone: { event: 'process-removed', ...about },
      other: { event: 'process-changed', ...about },
    });
  }
  for (const { name, title } of loopsOn(root)) {
    const about = { ...subject, loop: name, backingFile: title };
    users.set(`loop ${name}`, {
      fact: '',
      come: { event: 'loop-added', ...about },
      gone: { event: 'loop-removed', ...about },
      other: null,
    });
  }
  for (const { name, mounts, swaps } of devicesOf(own)) {
    for (const path of swaps.filter(({ text }) => text !== `/dev/${name}`)) {
      const about = { ...subject, path };
      users.set(`swap ${path.text}`, {
        fact: '',
        come: { event: 'swap-file-on', ...about },
        gone: { event: 'swap-file-off', ...about },
        other: null,
      });
    }
    for (const mount of mounts) addMount(users, subject, mount);
  }
  return users;
}

/** What went first: a program that ended before the one that came in its place. */
export function eventsBetween(before: Users, now: Users): readonly UserEvent[] {
  const gone = [...before].filter(([key]) => !now.has(key)).map(([, user]) => user.gone);
  const come = [...now].flatMap(([key, user]) => {
    const known = before.get(key);
    if (known === undefined) return [user.come];
    return user.other === null || known.fact === user.fact ? [] : [user.other];
  });
  return [...gone, ...come];
}

/** Mounts of the reader's own namespace are events of the device itself. */
function addMount(users: Map<string, User>, subject: Subject, mount: HolderMount): void {
  const { mountId, mountPoint, root, fileSystemType, readOnly, namespace } = mount;
  if (namespace === null) return;
  const about = { ...subject, mount: { mountId, mountPoint, root, fileSystemType, readOnly, namespace } };
  users.set(`mount ${mountId}`, {
    fact: '',
    come: { event: 'mounted-elsewhere', ...about },
    gone: { event: 'unmounted-elsewhere', ...about },
    other: null,
  });
}

function withoutLoops(device: HolderDevice): HolderDevice {
  return { ...device, devices: device.devices.filter(({ kind }) => kind !== 'loop').map(withoutLoops) };
}

function loopsOn(device: HolderDevice): readonly HolderDevice[] {
  return device.devices.flatMap((above) => (above.kind === 'loop' ? [above] : loopsOn(above)));
}
