/** What the user's own rights say about the backing file; asked again when the device changes, when the window is looked at, and every now and then. */
import { useEffect, useState } from 'react';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { settle, targetOf } from '../../state/actions.ts';
import { keepSame } from '../../state/keep-same.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';

/** Nothing announces that a file became shorter or longer. */
const INTERVAL_MS = 10_000;

export function useBackingFile(device: LoopDevice): BackingFileFacts | null {
  const { api } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open');
  const [facts, setFacts] = useState<BackingFileFacts | null>(null);

  useEffect(() => {
    if (!open || device.backingFile === null) return undefined;
    let current = true;
    const ask = (): void => {
      void settle(api.devicesBackingFile(targetOf(device))).then((reply) => {
        // Without the facts the pane shows what the kernel says; that is no failure to tell.
        if (current) setFacts((before) => keepSame(before, reply.ok ? reply.value : null));
      });
    };
    const look = (): void => {
      if (document.visibilityState === 'visible') ask();
    };
    ask();
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    const timer = setInterval(look, INTERVAL_MS);
    return () => {
      current = false;
      clearInterval(timer);
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [api, device, open]);
  return facts;
}
