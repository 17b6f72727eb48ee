/**
 * The application of an ordinary user with the helper as a package installs it, elevated by a real polkit: opening an image end to end, and
 * every way in which the helper cannot be had.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { INSTALLED_FOLDER } from '../../electron/helper/helper-paths.ts';
import type { AppErrorCode } from '../../electron/ipc/errors.ts';
import type { AppState } from '../../electron/ipc/state.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { installApp, startApp, type UserApp } from './app-world.ts';
import { attachOptions } from './attach-options.ts';
import { folderInside, installedFiles, World } from './world.ts';
import type { Agent } from './world-programs.ts';

let world: World;
const apps: UserApp[] = [];
/** Alice's folder for images: named so that no other world on this machine has one of that name. */
const home = `/run/platter-${randomBytes(6).toString('hex')}`;
const tree = `${folderInside}/tree`;
const { device: _device, ...options } = attachOptions;

beforeAll(async () => {
  world = await World.create();
  await installApp(world);
  world.rootShell(`install -d -m 700 -o alice ${home}; mkdir ${tree}; echo hello >${tree}/file; chmod -R a+rX ${tree}`);
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.end();
  world.setSession('alice', 'active');
  // Whatever a failed test has left.
  world.rootShell(`
    grep -o ' /run/media/alice/[^ ]*' /proc/self/mountinfo | while read -r place; do umount "$(printf '%b' "\${place//\\\\/\\\\0}")"; done
    losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^${home}/" { print $1 }' | xargs -r -n1 losetup -d`);
});
afterAll(() => world.destroy());

async function aliceStarts(): Promise<UserApp> {
  const app = await startApp(world, 'alice');
  apps.push(app);
  await app.start();
  return app;
}

/** An ext4 image of Alice's with one file in it; 16 MiB. */
function makeImage(label: string): string {
  const path = `${home}/${randomBytes(4).toString('hex')}.img`;
  world.rootShell(`truncate -s 16M ${path}; mkfs.ext4 -q -L '${label}' -d ${tree} ${path}; chown alice ${path}`);
  return path;
}

/** Loop devices with files of this world, mounts of the media folder, records of the helper. */
function census(): string {
  return world.rootShell(`
    losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^${home}/"'
    grep -o ' /run/media/alice/[^ ]*' /proc/self/mountinfo || true
    ls -A /run/media/alice /run/platter/devices /run/platter/mounts 2>/dev/null | grep -v -e '^/' -e '^$' || true`);
}

async function deviceOf(app: UserApp, number: number): Promise<LoopDevice> {
  let found: LoopDevice | undefined;
  await expect.poll(async () => (found = (await app.state()).devices.find((one) => one.number === number))).toBeDefined();
  if (found === undefined) throw new Error('not there');
  return found;
}

test('an ordinary user attaches, mounts, reads, unmounts and detaches without a password', async () => {
  const app = await aliceStarts();
  expect((await app.state()).actions).toEqual({ kind: 'ready' });
  const image = await app.drop(makeImage('My Disk'));
  const { device: number, mounts, mountFailures } = await app.call('devices/attach', { image, options, mount: true });
  expect([mounts, mountFailures]).toMatchObject([[{ partition: null, mountPoint: '/run/media/alice/My Disk' }], []]);
  expect((await world.run('alice', 'cat', '/run/media/alice/My Disk/file')).stdout).toBe('hello\n');
  const { diskseq, ownership } = await deviceOf(app, number);
  expect(ownership).toBe('own');
  const target = { device: number, diskseq };
  expect(await app.call('devices/contents', target)).toMatchObject([
    { kind: 'file-system', type: 'ext4', label: 'My Disk', mountable: true },
  ]);
  await app.call('mounts/unmount', { ...target, mountId: mounts[0]?.mountId ?? 0 });
  expect(world.root('ls', '-A', '/run/media/alice')).toBe('');
  expect((await app.call('devices/detach', { ...target, whenFree: false })).state).toBe('detached');
  expect(census()).toBe('');
});

test('a file that is opened shows its folder, and one detach takes everything away', async () => {
  const app = await aliceStarts();
  await app.open(makeImage('Opened'));
  const [notice] = (await app.state()).notices;
  expect(notice?.outcome).toMatchObject({ kind: 'attached', mounts: [{ mountPoint: '/run/media/alice/Opened' }], nothingToMount: false });
  expect(await app.shown()).toEqual(['/run/media/alice/Opened']);
  const number = notice?.outcome.kind === 'attached' ? notice.outcome.device : -1;
  const { diskseq } = await deviceOf(app, number);
  await app.call('devices/detach', { device: number, diskseq, whenFree: false });
  expect(census()).toBe('');
});

test('an image is opened only with the rights of its reader', async () => {
  const app = await aliceStarts();
  const path = makeImage('Secret');
  world.rootShell(`chown root ${path}; chmod 600 ${path}`);
  await app.open(path);
  expect((await app.state()).notices[0]?.outcome).toMatchObject({ kind: 'failed', error: { code: 'FILE_NOT_READABLE' } });
  expect(census()).toBe('');
});

test('the image worker has the rights of its user, can gain no others and can write nothing', async () => {
  const app = await aliceStarts();
  const image = await app.drop(makeImage('Look'));
  const { device: number } = await app.call('devices/attach', { image, options, mount: true });
  const status = world.rootShell(`
    pid=$(pgrep -u alice -f image-worker.js); cat /proc/$pid/status /proc/$pid/limits; ls -l /proc/$pid/fd`);
  expect(status).toMatch(/^NoNewPrivs:\t1$/mu);
  expect(status).toMatch(/^CapEff:\t0+$/mu);
  expect(status).toMatch(/^Max file size +0 +0 /mu);
  expect(status).not.toContain(home);
  const { diskseq } = await deviceOf(app, number);
  await app.call('devices/detach', { device: number, diskseq, whenFree: false });
});

/** What the window knows after an Unlock that did not work. */
async function unlock(app: UserApp): Promise<{ readonly code: AppErrorCode | 'none'; readonly state: AppState }> {
  const reply = await app.reply('helper/unlock', {});
  return { code: reply.ok ? 'none' : reply.error.code, state: await app.state() };
}

test.each([
  ['dismiss', 'ELEVATION_DISMISSED'],
  ['fail', 'ELEVATION_DENIED'],
] as const)('when the agent says %s the window learns %s and still shows the list', async (mode, code) => {
  world.setSession('alice', 'inactive');
  const app = await aliceStarts();
  expect((await app.state()).actions).toEqual({ kind: 'locked' });
  const agent: Agent = await world.agent({ pid: app.pid, uid: 61_001 }, mode);
  const outcome = await unlock(app);
  expect(outcome).toMatchObject({ code, state: { actions: { kind: 'failed', error: { code } }, list: { kind: 'live' } } });
  await agent.stop();
});

test('without an agent the window learns so, and an administrator’s approval helps', async () => {
  world.setSession('alice', 'inactive');
  const app = await aliceStarts();
  const code = 'ELEVATION_NO_AGENT';
  expect(await unlock(app)).toMatchObject({ code, state: { actions: { kind: 'failed', error: { code } }, list: { kind: 'live' } } });
  const agent = await world.agent({ pid: app.pid, uid: 61_001 }, 'approve');
  expect(await unlock(app)).toMatchObject({ code: 'none', state: { actions: { kind: 'ready' }, list: { kind: 'live' } } });
  await agent.stop();
});

const { node, script } = installedFiles;
/** What is wrong with an installation: the place that is spoiled and how, what the window learns, and whether looking still works. */
const faults: readonly (readonly [string, { readonly at: string; readonly by: string }, AppErrorCode, 'live' | 'lost'])[] = [
  ['no pkexec', { at: '/usr/bin/pkexec', by: 'mount --bind /dev/null /usr/bin/pkexec' }, 'ELEVATION_NO_PKEXEC', 'live'],
  ['no helper', { at: INSTALLED_FOLDER, by: `mount -t tmpfs none ${INSTALLED_FOLDER}` }, 'HELPER_NOT_INSTALLED', 'lost'],
  [
    'a helper that ends at once',
    { at: script, by: `echo 'process.exit(3)' >${folderInside}/bad.js; mount --bind ${folderInside}/bad.js ${script}` },
    'HELPER_BROKEN',
    'lost',
  ],
  [
    'a helper that is killed at once',
    {
      at: script,
      by: `echo 'process.kill(process.pid, "SIGKILL")' >${folderInside}/killed.js; mount --bind ${folderInside}/killed.js ${script}`,
    },
    'HELPER_BROKEN',
    'lost',
  ],
  [
    // The end of it looks like a dialog that was closed: 126.
    'a runtime that cannot be executed',
    {
      at: node,
      by: `head -c 4096 /dev/zero >${folderInside}/no-node; chmod 755 ${folderInside}/no-node; mount --bind ${folderInside}/no-node ${node}`,
    },
    'HELPER_BROKEN',
    'lost',
  ],
  [
    'a helper of another version',
    {
      at: script,
      by: `sed -E 's/protocolVersion !== [A-Z_0-9]+/protocolVersion !== 999/' ${script} >${folderInside}/other.js
        grep -q 'protocolVersion !== 999' ${folderInside}/other.js
        mount --bind ${folderInside}/other.js ${script}`,
    },
    'HELPER_VERSION',
    'lost',
  ],
];

test.each(faults)('with %s the window learns which, and nothing was started', async (_name, { at, by }, code, list) => {
  const app = await startApp(world, 'alice');
  apps.push(app);
  world.rootShell(by);
  try {
    await app.start();
    const outcome = await unlock(app);
    expect(outcome).toMatchObject({ code, state: { actions: { kind: 'failed', error: { code } }, list: { kind: list } } });
  } finally {
    world.root('umount', at);
  }
});
