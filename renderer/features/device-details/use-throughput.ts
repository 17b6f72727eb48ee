/** Reads the counters of a device once a second, for as long as somebody can see what is made of them. */
import { useEffect, useState } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { settle, targetOf } from '../../state/actions.ts';
import { keyOf } from '../../state/device-facts.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { addActivity, type Throughput } from '../../state/throughput.ts';

const INTERVAL_MS = 1000;

/** Null before the first reading. */
export function useThroughput(device: LoopDevice, visible: boolean): Throughput | null {
  const { api } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open');
  const [throughput, setThroughput] = useState<Throughput | null>(null);
  const key = keyOf(device);
  useEffect(() => {
    if (!visible || !open) return undefined;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      const reply = await settle(api.devicesActivity(targetOf(device)));
      if (ended) return;
      // A device that has just gone is told by the list.
      if (reply.ok) setThroughput((before) => addActivity(before, reply.value));
      timer = setTimeout(() => void read(), INTERVAL_MS);
    };
    void read();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` is all of the device that the question depends on
  }, [api, key, visible, open]);
  return throughput;
}
