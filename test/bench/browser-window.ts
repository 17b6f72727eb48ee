/** The real program in the browser host with a real Chromium, for what a person would see. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Browser, type Page } from 'playwright';
import { projectNode, projectRoot } from '../../build/bootstrap.mjs';
import { childProcesses, commandLine } from './process-facts.ts';
import type { Workplace } from './workplace.ts';

declare global {
  interface Window {
    /** Milliseconds since the epoch at which the awaited change was on the screen. */
    platterBenchPainted?: Promise<number>;
  }
}

/** Runs in the page. Resolves after the frame that shows `text` (or no longer shows it) was painted. */
function watchForText({ text, present }: { readonly text: string; readonly present: boolean }): void {
  window.platterBenchPainted = new Promise((resolve) => {
    const observer = new MutationObserver(check);
    function check(): void {
      if (document.body.textContent.includes(text) !== present) return;
      observer.disconnect();
      // The task after the frame's callbacks runs when the frame has been handed to the compositor.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener('message', () => resolve(performance.timeOrigin + performance.now()), { once: true });
        port1.start();
        port2.postMessage(null);
      });
    }
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    check();
  });
}

/** Runs in the page: what a minimised window or another tab in front does. */
function setVisibility(state: 'visible' | 'hidden'): void {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => state === 'hidden' });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
}

async function readAddress(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const address = /http:\/\/\S+/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error('the browser host ended without an address');
}

export class BrowserWindow {
  readonly #server: ChildProcess;
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(server: ChildProcess, browser: Browser, page: Page) {
    this.#server = server;
    this.#browser = browser;
    this.#page = page;
  }

  static async open(workplace: Workplace, chromiumPath: string): Promise<BrowserWindow> {
    const server = spawn(projectNode, [join(projectRoot, 'dist/server/server.js'), '--no-open'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, XDG_CONFIG_HOME: workplace.folder },
    });
    try {
      const address = await readAddress(server);
      // Chromium's sandbox does not work for root.
      const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
      const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
      await page.goto(address);
      return new BrowserWindow(server, browser, page);
    } catch (error) {
      server.kill();
      throw error;
    }
  }

  /** The main process, its helper, and the image worker that waits for questions. */
  get processes(): { readonly main: number; readonly helper: number; readonly worker: number } {
    const main = this.#server.pid;
    const children = main === undefined ? [] : childProcesses(main);
    const [helper, worker] = ['helper.js', 'worker.js'].map((program) => children.find((pid) => commandLine(pid).includes(program)));
    if (main === undefined || helper === undefined || worker === undefined) throw new Error('the browser host has no helper or no worker');
    return { main, helper, worker };
  }

  async waitForText(text: string): Promise<void> {
    await this.#page.getByText(text).first().waitFor();
  }

  /** Carries `change` out and says when its effect was on the screen (milliseconds since the epoch). */
  async paintedAt<T>(
    effect: { readonly text: string; readonly present: boolean },
    change: () => T,
  ): Promise<{ readonly painted: number; readonly outcome: T }> {
    await this.#page.evaluate(watchForText, effect);
    const outcome = change();
    const painted = await this.#page.evaluate(() => window.platterBenchPainted);
    if (painted === undefined) throw new Error('the page was loaded anew');
    return { painted, outcome };
  }

  /** Shows the page of a device, with the plot in sight or scrolled out of it. */
  async showDevice(name: string, part: 'plot' | 'head'): Promise<void> {
    await this.#page.getByRole('row', { name }).click();
    const details = this.#page.locator('[data-pane="details"]');
    const target = part === 'plot' ? details.getByRole('img', { name: /The last minute/ }) : details.getByRole('heading', { name });
    // So low that nothing else of the page that asks for something is in sight with the plot.
    await this.#page.setViewportSize({ width: 1100, height: 220 });
    await target.evaluate((element) => element.scrollIntoView({ block: 'start' }));
  }

  async setVisibility(state: 'visible' | 'hidden'): Promise<void> {
    await this.#page.evaluate(setVisibility, state);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    const ended = once(this.#server, 'exit');
    if (this.#server.kill('SIGTERM')) await ended;
  }
}
