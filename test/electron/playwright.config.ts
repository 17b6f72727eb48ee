/** The real application in real Electron under Xvfb, as an ordinary user. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: `${root}/test-results/electron`,
  forbidOnly: true,
  // Every file starts programs with windows; two at once would make both slow.
  workers: 1,
  // For hangs only: a busy machine takes long to start a browser.
  timeout: 180_000,
  reporter: 'list',
  expect: { timeout: 60_000 },
});
