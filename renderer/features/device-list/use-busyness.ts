/** Follows how busy the devices are, only while somebody wants to see them in that order. */
import { useEffect, useState } from 'react';
import { settle } from '../../state/actions.ts';
import { addTraffic, nothingMoved, type Busyness } from '../../state/busyness.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';

const INTERVAL_MS = 2000;

export function useBusyness(wanted: boolean): Busyness['scores'] {
  const { api } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open');
  const [busyness, setBusyness] = useState(nothingMoved);
  useEffect(() => {
    if (!wanted || !open) return undefined;
    let ended = false;
    const ask = (): void => {
      if (document.visibilityState !== 'visible') return;
      void settle(api.devicesTraffic({})).then((reply) => {
        if (!ended && reply.ok) setBusyness((before) => addTraffic(before, reply.value));
      });
    };
    ask();
    const timer = setInterval(ask, INTERVAL_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [api, open, wanted]);
  return busyness.scores;
}
