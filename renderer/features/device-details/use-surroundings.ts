/** Queue, usage and namesakes of a device: asked when it changes, when the window is looked at, and every now and then. */
import { useEffect, useState } from 'react';
import type { DeviceSurroundings } from '../../../electron/ipc/device-page.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { settle, targetOf } from '../../state/actions.ts';
import { keepSame } from '../../state/keep-same.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';

/** Nothing announces that a file system fills. */
const INTERVAL_MS = 10_000;
/** As many as main answers at once. */
const MOST_UUIDS = 256;
const plainUuid = /^[0-9A-Za-z-]{1,64}$/u;

/** Null before the first answer. */
export function useSurroundings(device: LoopDevice, uuids: readonly string[]): DeviceSurroundings | null {
  const { api } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open');
  const [surroundings, setSurroundings] = useState<DeviceSurroundings | null>(null);
  const wanted = uuids
    .filter((uuid) => plainUuid.test(uuid))
    .slice(0, MOST_UUIDS)
    .join(' ');
  useEffect(() => {
    if (!open) return undefined;
    let current = true;
    const ask = (): void => {
      if (document.visibilityState !== 'visible') return;
      const params = { ...targetOf(device), uuids: wanted === '' ? [] : wanted.split(' ') };
      void settle(api.devicesSurroundings(params)).then((reply) => {
        // Without it the page shows what the list says; that is no failure to tell.
        if (current && reply.ok) setSurroundings((before) => keepSame(before, reply.value));
      });
    };
    ask();
    const timer = setInterval(ask, INTERVAL_MS);
    window.addEventListener('focus', ask);
    return () => {
      current = false;
      clearInterval(timer);
      window.removeEventListener('focus', ask);
    };
  }, [api, device, open, wanted]);
  return surroundings;
}
