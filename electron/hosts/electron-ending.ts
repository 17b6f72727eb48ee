/** Closing the window while work is under way asks first (UX.md §3.10), in Electron. */
import { dialog, type BrowserWindow, type MessageBoxOptions } from 'electron';
import type { App } from '../app.ts';

/** Which button was meant, by its place. */
const STOP = 0;
const CANCEL = 1;

export interface EndingQuestion {
  /** True when the program may end. Asks at most once at a time; who asks meanwhile gets false. */
  readonly ask: () => Promise<boolean>;
  /** From now on nobody is asked: the system ends the program. */
  readonly waive: () => void;
}

/** Asks when the window is closed, and whenever `ask` is called. */
export function askBeforeEnding(window: BrowserWindow, platter: Pick<App, 'runningJobs'>): EndingQuestion {
  let mayEnd = false;
  let isAsking = false;
  const ask = async (): Promise<boolean> => {
    if (mayEnd || window.isDestroyed() || platter.runningJobs === 0) return true;
    if (isAsking) return false;
    isAsking = true;
    try {
      const { response } = await dialog.showMessageBox(window, questionFor(platter.runningJobs));
      // They may have ended while the question stood.
      mayEnd = response === STOP;
      return mayEnd;
    } finally {
      isAsking = false;
    }
  };
  window.on('close', (event) => {
    if (mayEnd || platter.runningJobs === 0) return;
    event.preventDefault();
    void ask().then((answer) => {
      if (answer && !window.isDestroyed()) window.close();
    });
  });
  return {
    ask,
    waive: () => {
      mayEnd = true;
    },
  };
}

function questionFor(jobs: number): MessageBoxOptions {
  return {
    type: 'question',
    message: jobs === 1 ? 'A job is still running' : `${jobs} jobs are still running`,
    detail: 'Closing the window stops them. New files that are not complete are removed; the images themselves stay as they are.',
    buttons: ['Stop and Quit', 'Cancel'],
    defaultId: CANCEL,
    cancelId: CANCEL,
    noLink: true,
  };
}
