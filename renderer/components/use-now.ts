/** The time, for what is told relative to it. */
import { useEffect, useState } from 'react';

const TICK_MS = 1000;

/** Milliseconds since the epoch, moved on each second while `running`; no timer otherwise. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
