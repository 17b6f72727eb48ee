/** Closing the window while work is under way asks first (UX.md §3.10), in Electron. */
import { dialog, type BrowserWindow, type MessageBoxOptions } from 'electron';
import type { App } from '../app.ts';
import { EndingQuestion } from './ending-question.ts';

/** Which button was meant, by its place. */
const STOP = 0;
const CANCEL = 1;

/** Asks when the window is closed, and whenever the question is asked by somebody else. */
export function askBeforeEnding(window: BrowserWindow, platter: Pick<App, 'runningJobs'>): EndingQuestion {
  const question = new EndingQuestion({
    get runningJobs() {
      return platter.runningJobs;
    },
    isGone: () => window.isDestroyed(),
    show: async (jobs) => (await dialog.showMessageBox(window, questionFor(jobs))).response === STOP,
  });
  window.on('close', (event) => {
    if (question.isSettled) return;
    event.preventDefault();
    void question.ask().then((mayEnd) => {
      if (mayEnd && !window.isDestroyed()) window.close();
    });
  });
  return question;
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
