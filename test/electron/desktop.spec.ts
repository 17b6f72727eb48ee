/** What the window has with the desktop around it: notifications, keeping the machine awake, and the desktop's own dialogs, answered by keys. */
import { chmodSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { busAddress, DesktopSession } from './desktop-session.ts';
import { makeImage, makeProgram, stateOf, type Program } from './program.ts';

const GIB = 1024 ** 3;
let program: Program;
let desktop: DesktopSession;
let busFolder = '';
let application: ElectronApplication | null = null;

test.beforeAll(async () => {
  busFolder = mkdtempSync(join(tmpdir(), 'platter-bus-'));
  chmodSync(busFolder, 0o755);
  program = await makeProgram({ environment: { XDG_CURRENT_DESKTOP: 'GNOME', DBUS_SESSION_BUS_ADDRESS: busAddress(busFolder) } });
  desktop = await DesktopSession.start(busFolder, program);
});
test.afterEach(async () => {
  // Without the question that closing asks while a job runs.
  await application?.evaluate(({ app }) => app.exit(0)).catch(() => undefined);
  application = null;
});
test.afterAll(() => {
  desktop?.stop();
  program?.remove();
  rmSync(busFolder, { recursive: true, force: true });
});

const isVisible = async () => application?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());

async function launch(): Promise<Page> {
  application = await program.launch();
  const page = await application.firstWindow();
  await expect(page).toHaveTitle('Platter');
  // Shown later than its page is loaded: till then it would be taken for the dialog that comes.
  await expect.poll(isVisible).toBe(true);
  return page;
}

/** Verifies a file of nothing but a hole, which takes as long as it is large; returns when the job is seen. */
async function verify(page: Page, name: string, bytes: number): Promise<string> {
  const path = makeImage(program, name, 0);
  truncateSync(path, bytes);
  await application?.evaluate(({ clipboard }, file) => clipboard.writeText(file), path);
  await page.evaluate(async () => {
    const reply = await window.platter?.imagesPaste({ text: null });
    const image = reply?.ok ? (reply.value[0]?.id ?? '') : '';
    void window.platter?.imagesVerify({ image, algorithms: ['md5', 'sha256', 'sha512'], expected: null, beside: false });
  });
  await expect.poll(async () => (await stateOf(page)).jobs.filter(({ state }) => state.kind === 'running').length).toBe(1);
  return path;
}

async function setHidden(hidden: boolean): Promise<void> {
  await application?.evaluate(({ BrowserWindow }, hide) => {
    const [window] = BrowserWindow.getAllWindows();
    if (hide) window?.hide();
    else window?.show();
  }, hidden);
}

const calls = (name: string) => desktop.calls.filter(({ call }) => call === name);

test('a job that fails while the window is away is told on the desktop, and a click brings the window back', async () => {
  const page = await launch();
  const before = calls('notify').length;
  const path = await verify(page, 'holiday <b>.img', 3000 * GIB);
  await setHidden(true);
  truncateSync(path, 4096);
  await expect.poll(() => calls('notify').length).toBe(before + 1);
  const notified = calls('notify').at(-1);
  // Without the marks that some desktops read as markup.
  expect(notified).toMatchObject({ summary: 'The checksums could not be computed', body: 'holiday \ufffdb\ufffd.img' });
  expect(await isVisible()).toBe(false);
  desktop.click(notified?.id ?? 0);
  await expect.poll(isVisible).toBe(true);
});

test('the machine is kept awake while a job runs and no longer, and the end of a long one is told', async () => {
  const page = await launch();
  const [notified, inhibited, allowed] = [calls('notify').length, calls('inhibit').length, calls('uninhibit').length];
  await verify(page, 'long.img', 12 * GIB);
  await setHidden(true);
  // 4: suspending (org.gnome.SessionManager.xml).
  await expect.poll(() => calls('inhibit').slice(inhibited)).toEqual([expect.objectContaining({ flags: 4 })]);
  expect(calls('uninhibit').length).toBe(allowed);
  await expect.poll(() => calls('notify').length, { timeout: 150_000 }).toBe(notified + 1);
  expect(calls('notify').at(-1)).toMatchObject({ summary: 'Checksums computed', body: 'long.img' });
  await expect.poll(() => calls('uninhibit').at(-1)?.id).toBe(calls('inhibit').at(-1)?.id);
  // Short work is told to nobody.
  await setHidden(false);
  expect(calls('notify').length).toBe(notified + 1);
});

test('closing the window while a job runs asks first; Escape goes on with it, Stop and Quit ends both', async () => {
  const page = await launch();
  await verify(page, 'running.img', 3000 * GIB);
  const close = async () => application?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  let before = desktop.windows();
  await close();
  await desktop.answer(before, ['key', 'Escape']);
  expect((await stateOf(page)).jobs).toMatchObject([{ state: { kind: 'running' } }]);
  const ended = new Promise((resolve) => void application?.process().once('exit', resolve));
  before = desktop.windows();
  await close();
  // Cancel has the keyboard; the other button is beside it.
  await desktop.answer(before, ['key', 'Left'], ['key', 'Return']);
  await ended;
  application = null;
});

test('an image is chosen by keys alone in the file dialog of the desktop, which Escape closes without a trace', async () => {
  const page = await launch();
  const path = makeImage(program, 'chosen by keys.img', 3 * 1024 * 1024);
  let before = desktop.windows();
  await page.keyboard.press('Control+o');
  await desktop.answer(before, ['key', 'Escape']);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  before = desktop.windows();
  await page.keyboard.press('Control+o');
  // The field for a path; GTK completes what is typed, so the name is typed to its end.
  await desktop.answer(before, ['key', 'ctrl+l'], ['key', 'ctrl+a'], ['type', path], ['key', 'Return']);
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('chosen by keys.img');
  await expect(dialog).toContainText('3 MiB');
});
