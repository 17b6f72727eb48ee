/** What the user's own rights say about the backing file; asked again when the device changes, when the window is looked at, and every now and then. */
import { useEffect, useState } from 'react';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { settle, targetOf } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';

/** Nothing announces that a file became shorter or longer. */
const INTERVAL_MS = 10_000;

export function useBackingFile(device: LoopDevice): BackingFileFacts | null {
  const { api } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open');
  const [facts, setFacts] = useState<BackingFileFacts | null>(null);
  const [looks, setLooks] = useState(0);

  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === 'visible') setLooks((count) => count + 1);
    };
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    const timer = setInterval(look, INTERVAL_MS);
    return () => {
      clearInterval(timer);
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);

  useEffect(() => {
    if (!open || device.backingFile === null) return undefined;
    let current = true;
    void settle(api.devicesBackingFile(targetOf(device))).then((reply) => {
      // Without the facts the pane shows what the kernel says; that is no failure to tell.
      if (current) setFacts(reply.ok ? reply.value : null);
    });
    return () => {
      current = false;
    };
  }, [api, device, open, looks]);
  return facts;
}
