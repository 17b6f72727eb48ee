/**
 * The first start where something is missing, on X11 and on Wayland: the window says what it is, and everything else works. Run by an ordinary user
 * in a world with a real polkit (test/polkit/world.ts), without the other display, so that nothing can fall back on it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { makePackage } from '../package/make-package.ts';
import { folderInside, World } from '../polkit/world.ts';
import { makeProgram, needsWorld, packagedUsr, type Program } from './program.ts';

const home = `${folderInside}/home/alice`;
const SOCKET = 'wayland-platter';
const PKEXEC = '/usr/bin/pkexec';
const pictures = join(projectRoot, 'test-results/electron-pictures');
let world: World;
let program: Program;
let compositor: ChildProcess;
let application: ElectronApplication | null = null;
/** Of the next start. */
let display: 'X11' | 'Wayland' = 'X11';

test.beforeAll(async () => {
  needsWorld();
  makePackage();
  world = await World.create(packagedUsr);
  world.rootShell(`install -d -m 700 -o alice -g alice ${home}/run ${home}/config
    for folder in bin sbin; do
      mkdir -p ${folderInside}/$folder/{upper,work}
      mount -t overlay -o lowerdir=/usr/$folder,upperdir=${folderInside}/$folder/upper,workdir=${folderInside}/$folder/work overlay /usr/$folder
    done
    rm /usr/sbin/mkfs.xfs`);
  program = await makeProgram({
    environment: { HOME: home, XDG_CONFIG_HOME: `${home}/config`, XDG_RUNTIME_DIR: `${home}/run` },
    command: (command, environment, window) => {
      world.rootShell(`mount -t tmpfs -o mode=755 tmpfs /opt; mkdir /opt/Platter; mount --bind ${window} /opt/Platter`);
      const variables = Object.entries(environment).flatMap(([name, value]) => (name === 'DISPLAY' ? [] : [`${name}=${value}`]));
      return world.commandAs('alice', ['env', '-i', ...variables, 'sh', '-c', START, environment['DISPLAY'] ?? '', ...command]);
    },
  });
  compositor = await startCompositor();
});
test.afterEach(async () => {
  await application?.close();
  application = null;
  world.setSession('alice', 'active');
  world.rootShell(`rm -rf ${home}/config; install -d -m 700 -o alice -g alice ${home}/config`);
});
test.afterAll(async () => {
  compositor?.kill();
  program?.remove();
  await world?.destroy();
});

/** The file that names the display is read at each start: Playwright starts one and the same program. */
const START = `. ${home}/display; export DISPLAY WAYLAND_DISPLAY; "$@" $platform`;

async function startCompositor(): Promise<ChildProcess> {
  const words = ['--backend=headless-backend.so', '--use-pixman', `--socket=${SOCKET}`, '--width=1280', '--height=1024', '--idle-time=0'];
  const command = [
    'env',
    '-i',
    'PATH=/usr/bin:/bin',
    `HOME=${home}`,
    `XDG_RUNTIME_DIR=${home}/run`,
    'weston',
    '--no-config',
    '--debug',
    ...words,
  ];
  const [name = '', ...rest] = world.commandAs('alice', command);
  const started = spawn(name, rest, { stdio: 'ignore' });
  world.rootShell(`for try in $(seq 600); do [ -S ${home}/run/${SOCKET} ] && exit 0; sleep 0.1; done; exit 1`);
  return started;
}

async function launch(): Promise<Page> {
  // No graphics processor is here, and Chromium's own in place of one is not for Wayland.
  const wayland = `WAYLAND_DISPLAY=${SOCKET}\nplatform='--ozone-platform=wayland --disable-gpu'\n`;
  world.write(`${home}/display`, display === 'X11' ? 'DISPLAY=$0\n' : wayland);
  application = await program.launch();
  const page = await application.firstWindow();
  await expect(page).toHaveTitle('Platter');
  return page;
}

/** What the compositor shows: Chromium gives Playwright no picture of a window that is on Wayland. */
function takeCompositorPicture(name: string): void {
  const variables = `XDG_RUNTIME_DIR=${home}/run WAYLAND_DISPLAY=${SOCKET}`;
  world.rootShell(`cd ${home}; setpriv --reuid alice --regid alice --clear-groups env ${variables} weston-screenshooter`);
  const picture = world.root('bash', '-c', `base64 ${home}/wayland-screenshot-*.png; rm ${home}/wayland-screenshot-*.png`);
  writeFileSync(join(pictures, name), Buffer.from(picture, 'base64'));
}

async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  if (display === 'X11') await page.screenshot({ path: join(pictures, name) });
  else takeCompositorPicture(name);
}

/** The window as a person sees it: shown by the system, and with these words in it. */
async function expectShown(page: Page, words: readonly string[]): Promise<void> {
  for (const text of words) await expect(page.getByText(text).first()).toBeVisible();
  await expect
    .poll(async () => application?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible())))
    .toEqual([true]);
  // Painted: a frame comes only when the system asks for one.
  await page.evaluate(async () => new Promise((resolve) => requestAnimationFrame(resolve)));
}

async function unlock(page: Page): Promise<unknown> {
  return page.evaluate(async () => {
    const reply = await window.platter?.helperUnlock({});
    return reply?.ok === false ? reply.error.code : 'unlocked';
  });
}

for (const kind of ['X11', 'Wayland'] as const) {
  test.describe(kind, () => {
    test.beforeEach(() => {
      display = kind;
    });

    test('with everything there it is shown, and works', async () => {
      const page = await launch();
      await expectShown(page, ['Images', 'Library']);
      expect(await unlock(page)).toBe('unlocked');
      await takePicture(page, `first-${kind}.png`);
    });

    test('without pkexec it says so, and looks', async () => {
      world.root('mv', PKEXEC, `${PKEXEC}.away`);
      try {
        const page = await launch();
        await expectShown(page, ['pkexec is not installed', 'The list and the details stay live; only changes are off.']);
        expect(await unlock(page)).toBe('ELEVATION_NO_PKEXEC');
        await takePicture(page, `first-${kind}-no-pkexec.png`);
      } finally {
        world.root('mv', `${PKEXEC}.away`, PKEXEC);
      }
    });

    test('with nobody to ask for a password it says so when one is needed, and looks', async () => {
      world.setSession('alice', 'remote');
      const page = await launch();
      await expectShown(page, ['Images']);
      expect(await unlock(page)).toBe('ELEVATION_NO_AGENT');
      await takePicture(page, `first-${kind}-no-agent.png`);
    });

    test('without a tool it says which package has it where it is wanted, and the rest works', async () => {
      const page = await launch();
      await expectShown(page, ['Images']);
      await page.keyboard.press('Control+n');
      await page.getByRole('button', { name: 'ext4 File system' }).click();
      await expect(page.getByText('Needs mkfs.xfs: install the package xfsprogs.')).toBeVisible();
      await takePicture(page, `first-${kind}-no-tool.png`);
    });
  });
}
