/** The time, for what is told relative to it. */
import { useEffect, useState } from 'react';

const SECOND_MS = 1000;

/** Milliseconds since the epoch, moved on each second (or `tickMs`) while `running`; no timer otherwise. */
export function useNow(running: boolean, tickMs = SECOND_MS): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, [running, tickMs]);
  return now;
}
