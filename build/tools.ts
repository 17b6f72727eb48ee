/** The checks and programs that npm scripts and the test runner share, as argument vectors for the project's Node. */
import { spawnSync } from 'node:child_process';
import { projectRoot } from './bootstrap.mjs';

const modules = `${projectRoot}/node_modules`;

const formatter = [`${modules}/oxfmt/bin/oxfmt`, '-c', 'build/oxfmt.json'] as const;
/** Here, as patterns in the configuration count from its own folder. Prose and recorded pages stay as they were written. */
const formatted = ['.', '!**/*.md', '!test/pages/**', '!package-lock.json'] as const;

/** Command lines without the Node in front; each ends with status 0 when all is well. */
export const tools = {
  formatCheck: [...formatter, '--check', ...formatted],
  format: [...formatter, ...formatted],
  lint: [`${modules}/oxlint/bin/oxlint`, '-c', 'build/oxlint.json', '--type-aware', '--deny-warnings', '.'],
  importRules: [`${projectRoot}/build/imports.ts`],
  typeCheck: [`${modules}/typescript/bin/tsc`, '--noEmit'],
  build: [`${modules}/vite/bin/vite.js`, 'build', '--app', '-c', 'build/vite.config.ts'],
  protocolPage: [`${projectRoot}/build/protocol-page.ts`, '--check'],
  vitest: [`${modules}/vitest/vitest.mjs`, 'run', '--config', 'build/vitest.config.ts'],
  playwright: [`${modules}/@playwright/test/cli.js`, 'test'],
} as const satisfies Record<string, readonly string[]>;

/** Runs tools one after another in the foreground and ends the process: 0 when all succeeded. */
export function runTools(...lines: readonly (readonly string[])[]): never {
  const failed = lines.filter((line) => spawnSync(process.execPath, line, { cwd: projectRoot, stdio: 'inherit' }).status !== 0);
  process.exit(failed.length === 0 ? 0 : 1);
}
