/** The built page in real Chromium, with the Content-Security-Policy of the product and a fake API. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: `${root}/test-results/browser`,
  globalSetup: './global-setup.ts',
  fullyParallel: true,
  forbidOnly: true,
  // Two make a person wait less; where nobody waits the suite polkit runs beside this one.
  workers: process.env['CI'] === undefined ? 2 : 1,
  timeout: 60_000,
  reporter: 'list',
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    viewport: { width: 1100, height: 760 },
    colorScheme: 'light',
    locale: 'en-US',
    reducedMotion: 'reduce',
    launchOptions: {
      executablePath: process.env['PLATTER_CHROMIUM'] ?? '/usr/bin/chromium',
      // Chromium's sandbox cannot be set up by root.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
});
