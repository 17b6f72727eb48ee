/**
 * The window exactly as dpkg installed it, fuses and all, for a person of a world with a real polkit: Playwright sees its page through Chromium's
 * own debugging door, and nothing of the main process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chromium, type Browser, type Page } from '@playwright/test';
import type { AppState } from '../../electron/ipc/state.ts';
import type { World } from '../polkit/world.ts';

export interface InstalledWindow {
  readonly page: Page;
  readonly process: ChildProcess;
  /** As its page is told. */
  readonly state: () => Promise<AppState>;
  /** As a person closes it. */
  readonly close: () => Promise<void>;
}

async function debuggingAddress(window: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    window.stderr?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      const [, address] = /DevTools listening on (ws:\S+)/u.exec(text) ?? [];
      if (address !== undefined) resolve(address);
    });
    window.once('exit', (status) => reject(new Error(`the window ended (${status}): ${text}`)));
  });
}

async function firstPage(browser: Browser): Promise<Page> {
  const [context] = browser.contexts();
  if (context === undefined) throw new Error('the window has no pages');
  return context.pages()[0] ?? context.waitForEvent('page');
}

/** A window that was started with `--remote-debugging-port=0`. */
async function connect(started: ChildProcess): Promise<InstalledWindow> {
  const ended = new Promise((resolve) => started.once('exit', resolve));
  const browser = await chromium.connectOverCDP(await debuggingAddress(started));
  const page = await firstPage(browser);
  await page.waitForFunction(() => document.title === 'Platter');
  return {
    page,
    process: started,
    state: async () =>
      page.evaluate(async () => {
        const reply = await window.platter?.stateGet({});
        if (!reply?.ok) throw new Error(reply?.error.message ?? 'there is no way to main');
        return reply.value;
      }),
    close: async () => {
      await page.evaluate(() => window.close()).catch(() => undefined);
      await ended;
      await browser.close();
    },
  };
}

/** Starts a command that ends in the window's program. `environment`: all that it gets. */
export async function startWindow(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<InstalledWindow> {
  const [program = '', ...rest] = [...command, '--remote-debugging-port=0', ...words];
  return connect(spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], env: environment }));
}

/** The window of the package that is installed in a world, for the person who sits there. */
export async function startInstalled(
  world: World,
  environment: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<InstalledWindow> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const command = world.commandAs('alice', ['env', '-i', ...variables, 'platter-window']);
  return startWindow(command, { PATH: process.env['PATH'] ?? '' }, words);
}
