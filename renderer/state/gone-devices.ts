/** Remembers selected devices that leave the list, so that the details can say so instead of going blank. */
import { keyOf, type DeviceKey } from './device-facts.ts';
import type { AppStore } from './app-store.ts';
import type { GoneDevice, UiStore } from './ui-store.ts';

/** More than anybody looks back at. */
const KEPT = 64;

export function rememberGoneDevices(appStore: AppStore, ui: UiStore): () => void {
  return appStore.subscribe((state, before) => {
    const earlier = before.app?.devices;
    const present = state.app?.devices;
    if (earlier === undefined || present === undefined || earlier === present) return;
    const { selection, gone, pending } = ui.getState();
    const alive = new Set(present.map(keyOf));
    const lost = earlier.filter((device) => !alive.has(keyOf(device)) && (selection.has(keyOf(device)) || pending.has(keyOf(device))));
    if (lost.length === 0) return;
    const next = new Map<DeviceKey, GoneDevice>(gone);
    for (const device of lost) {
      const key = keyOf(device);
      if (!next.has(key)) next.set(key, { device, undoId: null });
    }
    while (next.size > KEPT) {
      const [oldest] = next.keys();
      if (oldest === undefined) break;
      next.delete(oldest);
    }
    ui.setState({ gone: next, selection: withoutGone(selection, alive) });
  });
}

/** Of several that were selected those that are left; one alone stays, for the details to say that it is gone. Pure. */
function withoutGone(selection: ReadonlySet<DeviceKey>, alive: ReadonlySet<DeviceKey>): ReadonlySet<DeviceKey> {
  if (selection.size < 2) return selection;
  const left = [...selection].filter((key) => alive.has(key));
  return left.length === selection.size ? selection : new Set(left);
}
