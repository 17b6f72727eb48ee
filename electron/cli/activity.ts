/** Shows on a terminal that something takes long. The kernel gives no measure of it, so there is none to show. */
import type { Context } from './context.ts';
import { isTerminal, writeMessage } from './terminal.ts';

/** Shorter work shows nothing. */
const SHOWN_AFTER_MS = 400;
const FRAME_MS = 120;
const BAR_CELLS = 12;

/** A bar whose block runs to and fro. */
export function frame(step: number): string {
  const span = BAR_CELLS - 3;
  const position = step % (2 * span);
  const left = position <= span ? position : 2 * span - position;
  return `[${' '.repeat(left)}===${' '.repeat(span - left)}]`;
}

/** A line on stderr that says what takes long; nothing where that is no terminal. */
export interface Activity {
  /** Begins, or says something else. */
  readonly show: (title: string) => void;
  /** Takes the line away; more than once does no harm. */
  readonly end: () => void;
}

export function createActivity(context: Context): Activity {
  if (context.quiet || context.json || !isTerminal(2)) return { show: () => {}, end: () => {} };
  let step = 0;
  let shown = false;
  let title = '';
  let begin: NodeJS.Timeout | undefined;
  let repeat: NodeJS.Timeout | undefined;
  const draw = (): void => {
    shown = true;
    writeMessage(`\r${frame(step++)} ${title}\u001b[K`);
  };
  return {
    show: (next) => {
      title = next;
      begin ??= setTimeout(() => {
        repeat = setInterval(draw, FRAME_MS);
      }, SHOWN_AFTER_MS);
    },
    end: () => {
      clearTimeout(begin);
      clearInterval(repeat);
      if (shown) writeMessage('\r\u001b[K');
      shown = false;
    },
  };
}

/** Waits for `work`; draws on stderr meanwhile when that is a terminal. */
export async function whileWaiting<T>(title: string, context: Context, work: Promise<T>): Promise<T> {
  const activity = createActivity(context);
  activity.show(title);
  try {
    return await work;
  } finally {
    activity.end();
  }
}
