/** The installed window in real Electron, started and fed as a desktop does it, by the person who sits at the machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PageConnection } from './page-connection.ts';
import { desktopUsers } from '../desktop-disk.ts';
import { asDesktop, asRoot, asSession, census, inUserManager, makeImage, rootOutput, succeeded } from './people.ts';

const { active } = desktopUsers;
const DISPLAY = ':99';
const PORT = 9222;
const pictures = '/run/vm/files';
let server: ChildProcess;
let page: PageConnection;

/** What the page knows of main, through the calls it makes itself. */
const STATE = 'window.platter.stateGet({}).then((reply) => reply.value)';

beforeAll(async () => {
  // Without access control: the window belongs to another user. It does not listen on the network.
  server = spawn('Xvfb', [DISPLAY, '-ac', '-nolisten', 'tcp', '-screen', '0', '1280x900x24'], { stdio: 'ignore' });
  startWindow();
  page = await PageConnection.open(PORT);
  await page.until("document.title === 'Platter' && document.querySelector('main, [role=main]') !== null");
});
afterAll(() => {
  page.close();
  server.kill();
});

/** As a unit of the user's own systemd, as desktops start programs: `app-platter.service`. */
function startWindow(): void {
  const words = ['--unit=app-platter', `--setenv=DISPLAY=${DISPLAY}`, '--collect', '-q'];
  const window = ['platter-window', `--remote-debugging-port=${PORT}`];
  const [program = '', ...rest] = [...inUserManager(active), ...words, ...window];
  spawn(program, rest, { stdio: 'inherit', cwd: '/' });
}

async function takePicture(name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  writeFileSync(`${pictures}/${name}.png`, await page.screenshot());
}

function openAsDesktop(name: string): void {
  // Without a pipe, which the program would hold open.
  const { status } = asDesktop(active, `DISPLAY=${DISPLAY} gio open ${name} >/dev/null 2>&1`);
  expect(status).toBe(0);
}

test('the package does not make itself the program for images; the person does, and a double click opens one', async () => {
  const path = makeImage(active, 'picture.img', 'Pictures');
  const type = asSession(active, `gio info -a standard::content-type ${path}`).stdout.trim().split(' ').at(-1) ?? '';
  // Where no other program knows the type, ours is the default all the same; nothing of the package says so.
  expect(
    rootOutput("find /etc/xdg /usr/share/applications -name '*mimeapps.list' -o -name defaults.list | xargs -r grep -l platter || true"),
  ).toBe('');
  succeeded(asSession(active, `gio mime ${type} org.platter.Platter.desktop`));
  openAsDesktop('picture.img');
  await page.until(
    `${STATE}.then(({ devices }) => devices.some(({ backingFile, mounts }) => backingFile?.text === '${path}' && mounts.length === 1))`,
  );
  expect(asSession(active, `cat /run/media/${active}/Pictures/file`).stdout).toBe('hello\n');
  await page.until("document.body.innerText.includes('picture.img')");
  await takePicture('window-mounted');
});

test('the sandbox of the page is on, and the helper is root’s, with the capabilities it needs and no more', () => {
  const helper = rootOutput("pgrep -f 'helper.js --stdio'");
  const status = readFileSync(`/proc/${helper}/status`, 'utf8');
  expect(status).toMatch(/^Uid:\s+0\s+0\s+0\s+0$/mu);
  expect(status).toMatch(/^NoNewPrivs:\s+1$/mu);
  expect(rootOutput("pgrep -f 'type=renderer' | head -1 | xargs -I{} cat /proc/{}/status")).toMatch(/^Seccomp:\s+2$/mu);
});

test('whoever freezes his helper holds up nobody else, and whoever kills it finds everything as it was', async () => {
  const helper = rootOutput("pgrep -f 'helper.js --stdio'");
  const cgroup = `/sys/fs/cgroup${readFileSync(`/proc/${helper}/cgroup`, 'utf8').trim().slice('0::'.length)}`;
  // It is the user's own folder of the tree: he may.
  succeeded(asSession(active, `echo 1 > ${cgroup}/cgroup.freeze`));
  try {
    const other = makeImage(desktopUsers.background, 'others.img', 'Others');
    succeeded(asRoot(`platter mount ${other} && platter unmount ${other}`));
  } finally {
    succeeded(asSession(active, `echo 0 > ${cgroup}/cgroup.freeze`));
  }
  await page.until("document.body.innerText.includes('picture.img')");
});

test('detaching with the button takes the image away', async () => {
  await page.until(`(() => {
    const isMeant = (each) => each.getAttribute('aria-label') === 'Detach picture.img' && each.getAttribute('aria-disabled') !== 'true' && !each.disabled;
    const button = [...document.querySelectorAll('button')].find(isMeant);
    button?.click();
    return button !== undefined;
  })()`);
  await page.until(`${STATE}.then(({ devices }) => devices.every(({ backingFile }) => !backingFile?.text.endsWith('picture.img')))`);
  await takePicture('window-detached');
  expect(census()).toEqual([]);
});

// In the long run only: the suite electron kills the window without a machine (elevated.spec.ts).
test.runIf(process.env['PLATTER_LONG'] === '1')(
  'killed with everything it started, the window leaves what it opened, and the next command takes it away',
  async () => {
    const path = makeImage(active, 'kept.img', 'Kept');
    openAsDesktop('kept.img');
    await page.until(
      `${STATE}.then(({ devices }) => devices.some(({ backingFile, mounts }) => backingFile?.text === '${path}' && mounts.length === 1))`,
    );
    // The user's systemd may not kill root's helper, and says so; that ends by itself, with its input.
    expect(asSession(active, 'systemctl --user kill --signal=KILL app-platter.service').stderr).toMatch(/^$|Access denied/u);
    rootOutput("while pgrep -f '/opt/Platter/|helper.js --stdio' >/dev/null; do sleep 0.1; done");
    expect(asSession(active, `cat /run/media/${active}/Kept/file`).stdout).toBe('hello\n');
    succeeded(asSession(active, 'platter unmount kept.img'));
    expect(census()).toEqual([]);
  },
);
