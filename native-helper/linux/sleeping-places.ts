/**
 * How many calls may sleep on other threads at a time. libuv has four threads: one is the poller's, two are for calls that sleep (DESIGN.md §1.3),
 * and one is for a call behind which nothing answers, so that the others need not wait for it.
 */

const SLEEPING_LIMIT = 2;
/** Longer than any healthy call but that of a large dirty file. */
const STUCK_AFTER_MS = 5000;
const STUCK_LIMIT = 1;

let sleeping = 0;
let stuck = 0;
const waiting: (() => void)[] = [];

/** Runs `start`, in order of arrival, when there is a place; it gets what gives the place up. */
export function whenPlace(start: (giveUp: () => void) => void): void {
  const run = (): void => start(takePlace());
  if (sleeping < SLEEPING_LIMIT) run();
  else waiting.push(run);
}

function startNext(): void {
  if (sleeping < SLEEPING_LIMIT) waiting.shift()?.();
}

function takePlace(): () => void {
  sleeping++;
  let isStuck = false;
  const timer = setTimeout(() => {
    if (stuck >= STUCK_LIMIT) return;
    isStuck = true;
    stuck++;
    sleeping--;
    startNext();
  }, STUCK_AFTER_MS);
  timer.unref();
  return () => {
    clearTimeout(timer);
    if (isStuck) stuck--;
    else sleeping--;
    startNext();
  };
}
