/**
 * What is on the devices, asked of main only for those that somebody looks at (rows in sight, the selected device) and
 * kept by number and diskseq. At most a few questions are under way, the newest first, so that scrolling through
 * hundreds of devices starts no storm; a row that has left the window is not asked for any more.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Contents } from '../../electron/ipc/contents.ts';
import type { AppErrorData } from '../../electron/ipc/errors.ts';
import type { RendererApi } from '../../electron/ipc/api.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { allMounts, keyOf, type DeviceKey } from './device-facts.ts';

/** What was found out; the last answer stays while a newer one is on its way. */
export interface KnownContents {
  /** Empty after a failure. */
  readonly contents: Contents;
  readonly error: AppErrorData | null;
  /** State of the device it belongs to. */
  readonly print: string;
}

export interface ContentsCache {
  readonly store: StoreApi<ReadonlyMap<DeviceKey, KnownContents>>;
  /** Asks for the contents unless they are known; the returned function says that nobody looks any more. */
  readonly want: (device: LoopDevice) => () => void;
  /** Resolves once the contents are known, or cannot be; for devices that nobody has looked at. */
  readonly know: (device: LoopDevice) => Promise<void>;
  /** Asks again although they are known: the device may have been written to meanwhile. */
  readonly renew: (device: LoopDevice) => void;
}

const UNDER_WAY = 3;
/** Beyond this, what belongs to devices that nobody looks at is forgotten. */
const KEPT = 600;

/** Changes whenever what libblkid would find may have changed: the range, the partitions, the mounts. */
export function contentsPrint(device: LoopDevice): string {
  const parts = device.partitions.map((one) => `${one.number}:${one.startBytes}:${one.sizeBytes}`);
  const mounts = allMounts(device).map((mount) => `${mount.mountId}:${mount.fileSystemType}`);
  return [device.offsetBytes, device.sizeBytes, ...parts, '', ...mounts].join(' ');
}

interface Wish {
  readonly device: LoopDevice;
  watchers: number;
}

function keep(store: ContentsCache['store'], key: DeviceKey, known: KnownContents): void {
  const next = new Map(store.getState());
  next.delete(key);
  next.set(key, known);
  const [oldest] = next.keys();
  if (next.size > KEPT && oldest !== undefined) next.delete(oldest);
  store.setState(next, true);
}

export function createContentsCache(api: Pick<RendererApi, 'devicesContents'>): ContentsCache {
  const store = createStore<ReadonlyMap<DeviceKey, KnownContents>>(() => new Map());
  /** What is waited for, oldest first. */
  const waiting = new Map<string, Wish>();
  const asked = new Set<string>();
  /** Who waits for an answer, by the question. */
  const listeners = new Map<string, (() => void)[]>();
  let underWay = 0;

  const nameOf = (device: LoopDevice): string => `${keyOf(device)} ${contentsPrint(device)}`;

  const ask = async (device: LoopDevice, name: string): Promise<void> => {
    const target = { device: device.number, diskseq: device.diskseq };
    const reply = await api.devicesContents(target).catch(() => null);
    // A line that broke is told elsewhere; the rows ask again when they are drawn again.
    if (reply === null || (!reply.ok && reply.error.code === 'CONNECTION_LOST')) return;
    // Gone meanwhile: there is nothing to tell about it.
    if (!reply.ok && (reply.error.code === 'STALE_DEVICE' || reply.error.code === 'NOT_ATTACHED')) return;
    const print = name.slice(keyOf(device).length + 1);
    keep(store, keyOf(device), reply.ok ? { contents: reply.value, error: null, print } : { contents: [], error: reply.error, print });
  };

  const pump = (): void => {
    while (underWay < UNDER_WAY) {
      const [name, wish] = [...waiting].at(-1) ?? [];
      if (name === undefined || wish === undefined) return;
      waiting.delete(name);
      asked.add(name);
      underWay += 1;
      void ask(wish.device, name).finally(() => {
        underWay -= 1;
        asked.delete(name);
        for (const tell of listeners.get(name) ?? []) tell();
        listeners.delete(name);
        pump();
      });
    }
  };

  const put = (device: LoopDevice): (() => void) => {
    const name = nameOf(device);
    if (asked.has(name)) return () => undefined;
    const wish = waiting.get(name) ?? { device, watchers: 0 };
    wish.watchers += 1;
    waiting.delete(name);
    waiting.set(name, wish);
    // After all rows of one drawing have said what they want.
    queueMicrotask(pump);
    return () => {
      wish.watchers -= 1;
      if (wish.watchers === 0 && waiting.get(name) === wish) waiting.delete(name);
    };
  };

  const isKnown = (device: LoopDevice): boolean => store.getState().get(keyOf(device))?.print === contentsPrint(device);

  return {
    store,
    want: (device) => (isKnown(device) ? () => undefined : put(device)),
    know: async (device) => {
      if (isKnown(device)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const name = nameOf(device);
      listeners.set(name, [...(listeners.get(name) ?? []), resolve]);
      put(device);
      await promise;
    },
    renew: (device) => void put(device),
  };
}
