/**
 * Vitest inside a test machine: files of other suites, unchanged, and what only such a machine shows. Run by test/vm/run-tests.ts
 * with the files to run; the machine is emulated, so limits, which are for hangs only, are longer (PLATTER_SLOWNESS).
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const limitMs = 60_000 * Number(process.env['PLATTER_SLOWNESS'] ?? 1);

const filesIn = (...folders: readonly string[]): string[] => folders.map((folder) => `test/${folder}/**/*.test.ts`);

/** In the order of their names, which says what comes after what. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId)));
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  // The checkout may be read-only in here. One folder for each user who runs tests.
  cacheDir: `/tmp/vitest-cache-${process.getuid?.()}`,
  test: {
    projects: [
      // As large as in `npm test`: their long forms would take a day in here.
      { extends: true, test: { name: 'suites', include: filesIn('contract', 'kernel'), env: { PLATTER_LONG: '0' } } },
      { extends: true, test: { name: 'machine', include: filesIn('vm/guest', 'vm/desktop', 'vm/person') } },
    ],
    pool: 'forks',
    // Workers are started as this process really is, past the script that covers Node here (test/vm/run-tests.ts).
    execArgv: ['--no-wasm-code-gc'],
    fileParallelism: false,
    allowOnly: false,
    // Each new process costs as much as several tests. Fixtures of the whole kernel suite keep a folder for one file: not there.
    isolate: process.env['PLATTER_LONG'] === '1',
    testTimeout: limitMs,
    hookTimeout: limitMs,
    expect: { poll: { timeout: limitMs / 2 } },
    teardownTimeout: limitMs,
    sequence: { sequencer: ByName },
    // Node reads these files as they are; to hand each one through Vite costs as much time in here as the tests.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
