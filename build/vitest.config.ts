/**
 * Vitest for the suites unit, contract, hanging, kernel, resize, polkit, package and vm. Each is a project of its own (`--project kernel`).
 * Kernel and polkit tests share the machine's loop devices and mounts, so their files run one after another; those of resizing, which take
 * half of the time, leave everything alone that is not theirs and run beside the others. A device whose file hangs, however, keeps whoever asks it
 * anything: those tests run before. Test machines run side by side, because much of the time only one of the two processors of each has something to do.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };
const longRun = process.env['PLATTER_LONG'] === '1';

interface SuiteOptions {
  readonly parallelFiles: boolean;
  readonly testTimeoutMs: number;
  /** Left out: `**` below the suite's folder, which has its name where no other is said. */
  readonly files?: string;
  readonly folder?: string;
  readonly exclude?: readonly string[];
  readonly globalSetup?: string;
}

/** A suite's folder under test/; timeouts are for hangs only, no test asserts on time. */
function suite(name: string, { folder = name, files = '**/*.test.ts', exclude = [], globalSetup, ...options }: SuiteOptions) {
  const { parallelFiles, testTimeoutMs } = options;
  const timeoutMs = longRun ? testTimeoutMs * 10 : testTimeoutMs;
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${folder}/${files}`],
      exclude: [...exclude],
      fileParallelism: parallelFiles,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // Vitest's own is a second, which a machine at work passes.
      expect: { poll: { timeout: timeoutMs / 2 } },
      ...(globalSetup === undefined ? {} : { globalSetup }),
    },
  };
}

export default defineConfig({
  root,
  define: { __PLATTER_VERSION__: JSON.stringify(version) },
  test: {
    // Processes, not threads: tests change the working directory, umask and signal handlers, and load koffi.
    pool: 'forks',
    // Vitest leaves one processor of two unused.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A focused test left behind must fail the run, not shrink it.
    allowOnly: false,
    passWithNoTests: false,
    projects: [
      suite('unit', { parallelFiles: true, testTimeoutMs: 30_000 }),
      suite('contract', { parallelFiles: true, testTimeoutMs: 240_000 }),
      suite('hanging', { parallelFiles: false, testTimeoutMs: 120_000, folder: 'kernel/hanging' }),
      suite('kernel', { parallelFiles: false, testTimeoutMs: 120_000, exclude: ['test/kernel/hanging/**', 'test/kernel/resize/**'] }),
      suite('resize', { parallelFiles: false, testTimeoutMs: 240_000, folder: 'kernel/resize' }),
      suite('polkit', { parallelFiles: false, testTimeoutMs: 180_000 }),
      suite('package', { parallelFiles: true, testTimeoutMs: 300_000, globalSetup: `${root}/test/package/make-package.ts` }),
      // The folders below run inside the machines.
      suite('vm', { parallelFiles: true, testTimeoutMs: 60_000, files: '*.test.ts' }),
    ],
  },
});
