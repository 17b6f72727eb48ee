/** Reads the counters of a device once a second and has them drawn, for as long as somebody can see it. */
import { useEffect, useRef, type RefObject } from 'react';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { useVisible } from '../../components/use-visible.ts';
import { settle } from '../../state/actions.ts';
import { usePlatter, useStoreState } from '../../state/react-context.ts';
import { addActivity, type Throughput } from '../../state/throughput.ts';
import { ThroughputDrawing } from './draw-throughput.ts';

const INTERVAL_MS = 1000;

/** Draws into the parts of `box`; nothing is rendered for it. */
export function useThroughput(device: LoopDevice, box: RefObject<Element | null>): void {
  const { api } = usePlatter();
  const open = useStoreState((state) => state.connection === 'open');
  const visible = useVisible(box);
  const { number, diskseq } = device;
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
  }, [box, number, diskseq]);

  useEffect(() => {
    if (!visible || !open) return undefined;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      const reply = await settle(api.devicesActivity({ device: number, diskseq }));
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
  }, [api, number, diskseq, visible, open]);
}
