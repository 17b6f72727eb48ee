/** What is on a device, for a component that shows it: asked for as long as the component is there. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { contentsPrint, type KnownContents } from './contents.ts';
import { keyOf } from './device-facts.ts';
import { usePlatter, useStoreState } from './react-context.ts';

const questionOf = (device: LoopDevice): string => `${keyOf(device)} ${contentsPrint(device)}`;

/** Undefined until the first answer. An answer about an earlier state of the device stands until the next one comes. */
export function useContents(device: LoopDevice): KnownContents | undefined {
  const { contents } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open' && state.app?.list.kind === 'live');
  // Most changes of a device change nothing that the question depends on.
  const [asked, setAsked] = useState(device);
  if (questionOf(asked) !== questionOf(device)) setAsked(device);
  useEffect(() => (open ? contents.want(asked) : undefined), [contents, asked, open]);
  return useStore(contents.store, (known) => known.get(keyOf(device)));
}

/** Asks again whenever the window is looked at: a program may have made a file system meanwhile. */
export function useRenewedContents(device: LoopDevice): void {
  const { contents } = usePlatter();
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === 'visible') contents.renew(device);
    };
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [contents, device]);
}
