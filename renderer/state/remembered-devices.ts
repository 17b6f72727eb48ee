/** Keeps what a device was like when this window saw it first, so that a change that nobody announced can be told. */
import type { RememberedDevice } from '../../electron/ipc/device-warnings.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { AppStore } from './app-store.ts';
import { keyOf, type DeviceKey } from './device-facts.ts';
import type { UiStore } from './ui-store.ts';

/** Follows the list for as long as the window lives. */
export function rememberDevices(appStore: AppStore, ui: UiStore): void {
  let devices: readonly LoopDevice[] = [];
  appStore.subscribe(({ app }) => {
    if (app === null || app.devices === devices) return;
    devices = app.devices;
    const remembered = nextRemembered(ui.getState().remembered, devices);
    if (remembered !== ui.getState().remembered) ui.setState({ remembered });
  });
}

/** The same map where nothing new is to be remembered. Pure. */
export function nextRemembered(
  before: ReadonlyMap<DeviceKey, RememberedDevice>,
  devices: readonly LoopDevice[],
): ReadonlyMap<DeviceKey, RememberedDevice> {
  const next = new Map<DeviceKey, RememberedDevice>();
  let differs = false;
  for (const device of devices) {
    const key = keyOf(device);
    const known = before.get(key);
    const seen = known ?? { path: device.backingFile?.text ?? null, directIo: device.directIo };
    const kept = device.directIo && !seen.directIo ? { ...seen, directIo: true } : seen;
    if (kept !== known) differs = true;
    next.set(key, kept);
  }
  return differs || next.size !== before.size ? next : before;
}

/** Somebody asked for direct I/O here, or for none: what the kernel made of it is compared with this. */
export function rememberDirectIo(ui: UiStore, device: LoopDevice, wanted: boolean): void {
  ui.setState(({ remembered }) => {
    const path = remembered.get(keyOf(device))?.path ?? device.backingFile?.text ?? null;
    return { remembered: new Map(remembered).set(keyOf(device), { path, directIo: wanted }) };
  });
}
