/** What the tests of the window share: opening it with a scenario, axe, screenshots, and no complaint of the browser allowed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import type * as Axe from 'axe-core';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { FakeProgram, FakeScenario } from '../fakes/fake-model.ts';
import type * as contents from '../fakes/sample-contents.ts';
import type * as inspections from '../fakes/sample-inspections.ts';
import type * as library from '../fakes/sample-library.ts';
import type * as devices from '../fakes/sample-devices.ts';

declare global {
  interface Window {
    /** In the page once its source was put there. */
    readonly axe: typeof Axe;
  }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screens = fileURLToPath(new URL('../../test-results/screens/', import.meta.url));

/** Colours, and widths in pixels, in which what changes with them is looked at. */
export const looks = [
  ['light', 1100],
  ['dark', 1100],
  ['light', 360],
  ['dark', 360],
] as const;

/** Scenario as data, or as a function that runs in the page with the makers of sample devices. */
export type Scenario = FakeScenario | ((tools: typeof devices & typeof contents & typeof inspections & typeof library) => FakeScenario);

export interface PlatterWindow {
  readonly page: Page;
  /** Opens the page; everything after this has the fake behind it. */
  readonly open: (scenario?: Scenario) => Promise<void>;
  readonly list: Locator;
  readonly row: (name: string | RegExp) => Locator;
  readonly details: Locator;
  readonly dialog: Locator;
  /** Changes one device as if another program had done it. */
  readonly update: (number: number, facts: Partial<LoopDevice>) => Promise<void>;
  /** From now on, nothing can unmount this, and this program is why. */
  readonly busy: (mountPoint: string, ...programs: FakeProgram[]) => Promise<void>;
  /** These programs have ended: nothing keeps any mount any more, and main has looked. */
  readonly allEnd: () => Promise<void>;
  /** Calls of this method so far: their parameters. */
  readonly calls: (method: string) => Promise<unknown[]>;
  /** Screenshot under test-results/screens/, and axe over what is seen. */
  readonly check: (name: string) => Promise<void>;
}

export const test = base.extend<{ platter: PlatterWindow }>({
  platter: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.type()}: ${message.text()}`);
    });
    await use(makeWindow(page));
    // A violation of the Content-Security-Policy or of Trusted Types is an error on the console.
    expect(complaints).toEqual([]);
  },
});

function makeWindow(page: Page): PlatterWindow {
  const list = page.getByRole('grid', { name: 'Attached images' });
  return {
    page,
    list,
    row: (name) => list.getByRole('row', { name }),
    details: page.locator('[data-pane="details"]'),
    dialog: page.getByRole('dialog').or(page.getByRole('alertdialog')),
    open: (scenario = {}) => openPage(page, scenario),
    update: (number, facts) => page.evaluate(([which, what]) => void window.fake.model.update(which, what), [number, facts] as const),
    busy: (mountPoint, ...programs) =>
      page.evaluate(([place, who]) => void window.fake.model.busyMounts.set(place, who), [mountPoint, programs] as const),
    allEnd: () =>
      page.evaluate(() => {
        window.fake.model.busyMounts.clear();
        window.fake.look();
      }),
    calls: (method) => page.evaluate((name) => window.fake.calls.filter((call) => call.method === name).map((call) => call.params), method),
    check: (name) => checkScreen(page, name),
  };
}

async function openPage(page: Page, scenario: Scenario): Promise<void> {
  const source = typeof scenario === 'function' ? scenario.toString() : JSON.stringify(scenario);
  await page.addInitScript(`window.platterScenario = ${source};`);
  await page.addInitScript({ path: process.env['PLATTER_TEST_FAKE'] ?? '' });
  await page.goto(process.env['PLATTER_TEST_PAGE'] ?? '');
  await page.getByRole('heading', { level: 1 }).waitFor();
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly string[];
}

/** Rules of WCAG 2.2 A and AA and axe's best practices. */
async function axeViolations(page: Page): Promise<readonly Violation[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    // A tooltip belongs to its element, not to a region of the page; it is shown only while that has the focus.
    const result = await window.axe.run({ exclude: [':has(> [role="tooltip"])'] }, { resultTypes: ['violations'] });
    return result.violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
    }));
  });
}

async function checkScreen(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: `${screens}${name}.png` });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, 'nothing sticks out of the window sideways').toBeLessThanOrEqual(0);
  expect(await axeViolations(page)).toEqual([]);
}

export { expect };
