import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'platter-group-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a signal ends the group that runs, and no other one starts', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const program = (sign: string): string =>
    `require('node:fs').writeFileSync(${JSON.stringify(sign)}, ''); setTimeout(() => undefined, 60_000);`;
  const script = `
    import { endGroupsOnSignals, runGroup } from ${JSON.stringify(new URL('../../../build/child-group.ts', import.meta.url).href)};
    endGroupsOnSignals();
    for (const program of ${JSON.stringify([program(first), program(second)])}) {
      await runGroup(['-e', program], { environment: process.env, limitMinutes: 1 });
    }`;
  const runner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const ended = once(runner, 'exit');
  await expect.poll(() => existsSync(first), { timeout: 20_000 }).toBe(true);
  runner.kill('SIGTERM');
  expect(await ended).toEqual([143, null]);
  // Long enough for a program that was started to have said so.
  await new Promise((resolve) => void setTimeout(resolve, 500));
  expect(existsSync(second)).toBe(false);
});
