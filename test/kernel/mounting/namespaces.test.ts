/** Helpers of root in mount namespaces of their own: what is mounted elsewhere is not theirs to put right. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { useLoopFixture } from '../loop-fixture.ts';
import { useMountFixture } from './mount-fixture.ts';

const fixture = useMountFixture(useLoopFixture());
const handlers = fileURLToPath(new URL('../../../native-helper/mounting/handlers.ts', import.meta.url));
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

type Command = readonly [string, ...string[]];

/** What a helper of root does at its start, run in front of by `enter`. */
function startHelper(enter: Command): void {
  const { mediaFolder, stateFolder } = fixture;
  const context = `{ uid: 0, records: {}, log: () => {}, mediaFolder: '${mediaFolder}', stateFolder: '${stateFolder}' }`;
  const code = `import { createMounting } from '${handlers}'; createMounting(${context});`;
  const [program, ...words] = enter;
  execFileSync(program, [...words, process.execPath, '--input-type=module', '-e', code], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A mount namespace that is there before anything is mounted, as `nsenter` enters it. */
async function olderNamespace(): Promise<Command> {
  const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', 'echo here; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  ends.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return ['nsenter', '-m', '-t', String(child.pid)];
}

test.each(['a namespace that does not have the mount', 'a copy of this one'])('%s leaves the mount and its record', async (kind) => {
  fixture.restart();
  const enter: Command = kind.startsWith('a copy') ? ['unshare', '-m', '--propagation', 'slave'] : await olderNamespace();
  const device = await fixture.attachFormatted(['mke2fs', '-q', '-t', 'ext4'], 8 << 20);
  const result = await fixture.mount(device);
  const path = result.mount.mountPoint.text;
  startHelper(enter);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(` ${path} `);
  expect(readdirSync(`${fixture.stateFolder}/mounts`)).toHaveLength(1);
  expect(await fixture.unmount(device, result)).toBe('unmounted');
  expect(existsSync(path)).toBe(false);
});
