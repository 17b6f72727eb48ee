/** Reads the counters of a device once a second and has them drawn, for as long as somebody can see it. */
import { useEffect, useRef, type RefObject } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { useVisible } from '../../components/use-visible.ts';
import { settle, targetOf } from '../../state/actions.ts';
import { keyOf } from '../../state/device-facts.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { addActivity, type Throughput } from '../../state/throughput.ts';
import { ThroughputDrawing } from './draw-throughput.ts';

const INTERVAL_MS = 1000;

/** Draws into the parts of `box`; nothing is rendered for it. */
export function useThroughput(device: LoopDevice, box: RefObject<Element | null>): void {
  const { api } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open');
  const visible = useVisible(box);
  const key = keyOf(device);
  const drawing = useRef<ThroughputDrawing | null>(null);
  const rates = useRef<Throughput | null>(null);

  useEffect(() => {
    const made = box.current === null ? null : new ThroughputDrawing(box.current);
    drawing.current = made;
    return () => made?.close();
  }, [box]);

  useEffect(() => {
    rates.current = null;
    drawing.current?.show(null);
  }, [box, key]);

  useEffect(() => {
    if (!visible || !open) return undefined;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      const reply = await settle(api.devicesActivity(targetOf(device)));
      if (ended) return;
      // A device that has just gone is told by the list.
      if (reply.ok) {
        rates.current = addActivity(rates.current, reply.value);
        drawing.current?.show(rates.current);
      }
      timer = setTimeout(() => void read(), INTERVAL_MS);
    };
    void read();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` is all of the device that the question depends on
  }, [api, key, visible, open]);
}
