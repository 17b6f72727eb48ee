/**
 * Vitest inside a test machine: files of other suites, unchanged, and what only such a machine shows. Run by test/vm/run-tests.ts
 * with the files to run; the machine is emulated, so limits, which are for hangs only, are longer (PLATTER_SLOWNESS).
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const limitMs = 60_000 * Number(process.env['PLATTER_SLOWNESS'] ?? 1);

export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  // The checkout may be read-only in here.
  cacheDir: '/tmp/vitest-cache',
  test: {
    include: ['test/kernel/**/*.test.ts', 'test/vm/guest/**/*.test.ts', 'test/vm/desktop/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    allowOnly: false,
    testTimeout: limitMs,
    hookTimeout: limitMs,
    // Node reads these files as they are; to hand each one through Vite costs as much time in here as the tests.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
