/** A desktop for the window under Xvfb: a session bus with notifications and the session manager, and somebody who presses keys. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../build/bootstrap.mjs';
import type { Program } from './program.ts';

export interface DesktopCall {
  readonly call: 'notify' | 'inhibit' | 'uninhibit';
  readonly id: number;
  readonly summary?: string;
  readonly body?: string;
}

/** Chromium looks for no bus but the one it is told of. */
export function busAddress(folder: string): string {
  return `unix:path=${join(folder, 'bus')}`;
}

/** Anybody may come: the bus would look the user of the window up, and he has no name here. */
function busConfiguration(address: string): string {
  return `<busconfig><type>session</type><listen>${address}</listen><auth>ANONYMOUS</auth><allow_anonymous/><policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`;
}

async function firstLine(child: ChildProcess, lines: Interface): Promise<void> {
  const ended = once(child, 'exit').then(([status]) => Promise.reject(new Error(`ended with ${String(status)}`)));
  await Promise.race([once(lines, 'line'), ended]);
}

/** For a dialog that was answered. */
const GONE_MS = 10_000;
/** A dialog that takes longer does not come. */
const HANG_MS = 60_000;

/** False when it did not become true in time. */
async function within(limitMs: number, isTrue: () => boolean): Promise<boolean> {
  for (const until = performance.now() + limitMs; performance.now() < until; await delay(100)) if (isTrue()) return true;
  return isTrue();
}

export class DesktopSession {
  readonly calls: DesktopCall[] = [];
  readonly #children: readonly ChildProcess[];
  readonly #desktop: ChildProcess;
  readonly #display: string;

  private constructor(children: readonly ChildProcess[], desktop: ChildProcess, lines: Interface, display: string) {
    this.#children = children;
    this.#desktop = desktop;
    this.#display = display;
    lines.on('line', (line) => this.calls.push(JSON.parse(line) as DesktopCall));
  }

  /** `folder`: where the bus is, {@link busAddress} of it is for the environment of the window. */
  static async start(folder: string, { home, display }: Program): Promise<DesktopSession> {
    const address = busAddress(folder);
    const environment = { PATH: '/usr/bin:/bin', HOME: home, DBUS_SESSION_BUS_ADDRESS: address };
    const start = (program: string, ...words: string[]) => spawn(program, words, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
    writeFileSync(join(folder, 'bus.conf'), busConfiguration(address));
    const bus = start('/usr/bin/dbus-daemon', `--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--print-address=1');
    await firstLine(bus, createInterface(bus.stdout));
    const desktop = start('/usr/bin/python3', join(projectRoot, 'test/electron/desktop.py'));
    const lines = createInterface(desktop.stdout);
    await firstLine(desktop, lines);
    return new DesktopSession([desktop, bus], desktop, lines, display);
  }

  stop(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  click(notification: number): void {
    this.#desktop.stdin?.write(`click ${notification}\n`);
  }

  /** Numbers of the X windows that are seen. */
  windows(): readonly string[] {
    return this.#xdotool('search', '--onlyvisible', '--name', '.*')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** Waits for a window that was not there, types into it, and again if it does not hear: drawn is not yet listening. */
  async answer(before: readonly string[], ...keys: readonly (readonly ['key' | 'type', string])[]): Promise<void> {
    const dialog = await this.#newWindow(before);
    const isThere = (): boolean => this.windows().includes(dialog);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await delay(1000);
      await this.#press(dialog, keys);
      if (await within(GONE_MS, () => !isThere())) return;
    }
    throw new Error('the dialog does not go');
  }

  async #newWindow(before: readonly string[]): Promise<string> {
    const isNew = (): string | undefined => this.windows().find((one) => !before.includes(one) && this.#isLarge(one));
    await within(HANG_MS, () => isNew() !== undefined);
    const found = isNew();
    if (found === undefined) throw new Error('no dialog came');
    return found;
  }

  /** No window manager gives it the keyboard for us. */
  async #press(window: string, keys: readonly (readonly ['key' | 'type', string])[]): Promise<void> {
    for (const [how, what] of keys) {
      this.#xdotool('windowfocus', window);
      this.#xdotool(how, '--delay', '20', what);
      await delay(300);
    }
  }

  /** Toolkits have windows of a few points that nobody sees. */
  #isLarge(window: string): boolean {
    const [, width = '0'] = /Geometry: (\d+)x/u.exec(this.#xdotool('getwindowgeometry', window)) ?? [];
    return Number(width) > 100;
  }

  #xdotool(...words: readonly string[]): string {
    try {
      return execFileSync('xdotool', words, { encoding: 'utf8', env: { DISPLAY: this.#display }, stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      // Nothing found, or a window that has gone.
      return '';
    }
  }
}
