/**
 * The real window in Electron, run by an ordinary user in a world with a real polkit (test/polkit/world.ts), the window and the helper as the package
 * installs them: an image opens without a password, its files are there, and it goes again.
 */
import { randomBytes } from 'node:crypto';
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { folderInside, users, World } from '../polkit/world.ts';
import { makePackage } from '../package/make-package.ts';
import { makeProgram, needsWorld, packagedUsr, stateOf, type Program } from './program.ts';

const home = `${folderInside}/home/alice`;
/** Named so that no other world on this machine has a folder of that name. */
const images = `/run/platter-${randomBytes(6).toString('hex')}`;
const programs = `${folderInside}/programs`;
let world: World | null = null;
let program: Program | null = null;
let application: ElectronApplication | null = null;

test.beforeAll(async () => {
  needsWorld();
  makePackage();
  const made = await World.create(packagedUsr);
  world = made;
  made.rootShell(`
    install -d -m 700 -o alice ${images}; install -d -m 700 -o alice -g alice ${home}/run ${home}/config
    mkdir ${images}/tree; echo hello >${images}/tree/file
    # In place of a file manager, which stays as those do.
    mkdir ${programs}; echo '#!/bin/sh' >${programs}/xdg-open; echo 'echo "$1" >>${images}/shown; exec sleep 600' >>${programs}/xdg-open
    chmod 755 ${programs} ${programs}/xdg-open`);
  program = await makeProgram({
    environment: { PATH: `${programs}:/usr/bin:/bin`, HOME: home, XDG_CONFIG_HOME: `${home}/config`, XDG_RUNTIME_DIR: `${home}/run` },
    command: (command, environment, window) => {
      made.rootShell(`mount -t tmpfs -o mode=755 tmpfs /opt; mkdir /opt/Platter; mount --bind ${window} /opt/Platter`);
      const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      return made.commandAs('alice', ['env', '-i', ...variables, ...command]);
    },
  });
});
test.afterEach(async () => {
  await application?.close();
  application = null;
});
test.afterAll(async () => {
  program?.remove();
  await world?.destroy();
});

function theWorld(): World {
  if (world === null) throw new Error('no world');
  return world;
}

function makeImage(label: string): string {
  const path = `${images}/${label.toLowerCase()}.img`;
  theWorld().rootShell(`truncate -s 16M ${path}; mkfs.ext4 -q -L '${label}' -d ${images}/tree ${path}; chown alice ${path}`);
  return path;
}

async function launch(files: readonly string[]): Promise<Page> {
  if (program === null) throw new Error('no program');
  application = await program.launch(files);
  const page = await application.firstWindow();
  await expect(page).toHaveTitle('Platter');
  return page;
}

function census(): string {
  return theWorld().rootShell(`
    losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^${images}/"'
    grep -o ' /run/media/alice/[^ ]*' /proc/self/mountinfo || true
    ls -A /run/media/alice 2>/dev/null || true`);
}

test('a file opens without a password, its files are there, and one detach takes it away', async () => {
  const page = await launch([makeImage('Holiday')]);
  await expect.poll(async () => (await stateOf(page)).notices.length).toBe(1);
  const { notices, actions } = await stateOf(page);
  expect(actions).toEqual({ kind: 'ready' });
  expect(notices[0]?.outcome).toMatchObject({ kind: 'attached', mounts: [{ mountPoint: '/run/media/alice/Holiday' }] });
  expect((await theWorld().run('alice', 'cat', '/run/media/alice/Holiday/file')).stdout).toBe('hello\n');
  expect((await theWorld().run('bob', 'cat', '/run/media/alice/Holiday/file')).status).not.toBe(0);
  await expect.poll(() => theWorld().rootShell(`cat ${images}/shown || true`)).toBe('/run/media/alice/Holiday\n');
  // Nothing of the window's own reaches other programs: sockets and shared memory of Chromium least of all.
  const foreign = theWorld().rootShell(`
    for program in 'sleep 600' image-worker/worker.js; do ls -l /proc/$(pgrep -f "$program" | head -1)/fd; done | grep -E 'Chromium|platter-electron|\\.pak' || true`);
  expect(foreign).toBe('');
  const device = notices[0]?.outcome.kind === 'attached' ? notices[0].outcome.device : -1;
  await expect.poll(async () => (await stateOf(page)).devices.find(({ number }) => number === device)?.mounts.length).toBe(1);
  await expect(page.getByText('holiday.img').first()).toBeVisible();
  const detached = await page.evaluate(async (number) => {
    const state = await window.platter?.stateGet({});
    const found = state?.ok ? state.value.devices.find((one) => one.number === number) : undefined;
    return found === undefined ? null : window.platter?.devicesDetach({ device: number, diskseq: found.diskseq, whenFree: false });
  }, device);
  expect(detached).toMatchObject({ ok: true, value: { state: 'detached' } });
  expect(census()).toBe('');
});

test('an image whose file system is broken is told and leaves nothing attached', async () => {
  const path = makeImage('Broken');
  theWorld().rootShell(`dd if=/dev/urandom of=${path} bs=4096 seek=1 count=1024 conv=notrunc status=none`);
  const page = await launch([path]);
  await expect
    .poll(async () => (await stateOf(page)).notices[0]?.outcome)
    .toMatchObject({
      kind: 'failed',
      error: { code: 'FILE_SYSTEM_INVALID' },
    });
  expect(census()).toBe('');
});

test('a detach that another user holds up names him when an administrator approves, and ends by itself when he goes', async () => {
  const page = await launch([makeImage('Shared')]);
  await expect.poll(async () => (await stateOf(page)).notices.length).toBe(1);
  const pid = await application?.evaluate(() => process.pid);
  const holder = `${folderInside}/holder`;
  const asBob = `setpriv --reuid ${users.bob} --regid ${users.bob} --clear-groups`;
  theWorld().rootShell(`cd /run/media/alice/Shared && { ${asBob} sleep 1000 7<file >/dev/null 2>&1 & echo $! >${holder}; }`);
  const bobs = theWorld().root('cat', holder).trim();
  const row = page.getByRole('grid', { name: 'Attached images' }).getByRole('row', { name: /shared\.img/u });
  await row.click();
  await page.locator('[data-pane="details"]').getByRole('button', { name: 'Detach', exact: true }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('1 program of other users');
  await expect(dialog).not.toContainText(bobs);
  const agent = await theWorld().agent({ pid: pid ?? 0, uid: users.alice }, 'approve');
  try {
    await dialog.getByRole('button', { name: 'Show Names' }).click();
    expect((await agent.question()).action).toBe('org.platter.loop-modify-others');
    await expect(dialog).toContainText('sleep');
    await expect(dialog).toContainText('bob');
    await expect(dialog).toContainText(bobs);
    await page.screenshot({ path: `${projectRoot}/test-results/screens/show-names.png` });
  } finally {
    await agent.stop();
    theWorld().root('kill', bobs);
  }
  await expect(dialog).toHaveCount(0);
  await expect(row).toHaveCount(0);
  await expect(page.getByText(/shared\.img” detached/u)).toBeVisible();
  expect(census()).toBe('');
});

test('an image that is mounted when the session ends stays mounted and clean, and is taken away later from a terminal', async () => {
  const settings = await launch([]);
  await settings.evaluate(async () => window.platter?.settingsSet({ attachReadOnly: false, openFolder: false }));
  await application?.close();
  const path = makeImage('Kept');
  const page = await launch([path]);
  await expect.poll(async () => (await stateOf(page)).notices.length).toBe(1);
  const place = '/run/media/alice/Kept';
  theWorld().rootShell(`mkdir ${place}/work; chown alice ${place}/work`);
  await theWorld().run('alice', 'cp', `${place}/file`, `${place}/work/kept`);

  // What logout does: every program of the session gets SIGTERM, and nothing is asked.
  const pid = await application?.evaluate(() => process.pid);
  const ended = new Promise((resolve) => void application?.process().once('exit', resolve));
  theWorld().root('kill', '-TERM', String(pid));
  await ended;
  application = null;
  expect(census()).toContain(place);

  const unmounted = await theWorld().run('alice', '/usr/lib/platter/cli/platter.js', 'unmount', place);
  expect(unmounted).toMatchObject({ status: 0, stderr: '' });
  expect(census()).toBe('');
  expect(theWorld().rootShell(`e2fsck -fn ${path} >/dev/null 2>&1 && debugfs -R 'cat /work/kept' ${path} 2>/dev/null`)).toBe('hello\n');
});
