/** The application as a person meets it: view-only, since no polkit answers here. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { makeImage, makeProgram, processesOf, stateOf, type Program } from './program.ts';

const isRoot = process.getuid?.() === 0;
let program: Program;
let application: ElectronApplication | null = null;

test.beforeAll(async () => {
  program = await makeProgram();
});
test.afterEach(async () => {
  await application?.close();
  application = null;
});
test.afterAll(() => program?.remove());

async function launch(files: readonly string[] = []): Promise<Page> {
  application = await program.launch(files);
  const page = await application.firstWindow();
  await expect(page).toHaveTitle('Platter');
  return page;
}

/** How the program ends, and what it has said of itself by then, among Chromium's lines. */
async function endingOf(): Promise<{ readonly code: number | null; readonly signal: string | null; readonly said: string }> {
  const child = application?.process();
  let said = '';
  child?.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  return new Promise((resolve) => {
    child?.once('close', (code, signal) => {
      const own = said.split('\n').filter((line) => line.startsWith('Platter'));
      resolve({ code, signal, said: own.join('\n') });
    });
  });
}

test('shows every loop device at once, live, without asking for anything', async () => {
  const page = await launch();
  await expect.poll(async () => (await stateOf(page)).list.kind).toBe('live');
  const state = await stateOf(page);
  expect([state.host, state.actions.kind]).toEqual(['electron', 'locked']);
  expect(state.version).toBe((JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version);
  if (isRoot) {
    const image = makeImage(program, 'shown-in-electron.img');
    const node = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
    try {
      await page.getByRole('searchbox').fill('shown-in-electron');
      await expect(page.getByText('shown-in-electron.img').first()).toBeVisible();
    } finally {
      execFileSync('losetup', ['-d', node]);
    }
    await expect(page.getByText('shown-in-electron.img')).toHaveCount(0);
  }
  await page.screenshot({ path: join(projectRoot, 'test-results/electron/window.png') });
});

test('tells why a file named on the command line could not be attached, and takes more from a second start', async () => {
  const page = await launch([makeImage(program, 'first.img'), 'missing.img']);
  await expect.poll(async () => (await stateOf(page)).notices.length).toBe(2);
  const second = program.run([makeImage(program, 'second.img'), `file://${program.home}/gone%20away.img`]);
  expect(second.status).toBe(0);
  await expect.poll(async () => (await stateOf(page)).notices.length).toBe(4);
  const notices = (await stateOf(page)).notices.map(({ image, outcome }) => [
    image.name,
    outcome.kind === 'failed' ? outcome.error.code : outcome.kind,
  ]);
  // Nobody can be asked for a password here: that is why files that exist are not attached.
  const refused = expect.stringMatching(/^ELEVATION_(?:DENIED|NO_AGENT|NO_PKEXEC)$/u);
  expect(notices).toEqual([
    ['first.img', refused],
    ['missing.img', 'FILE_NOT_FOUND'],
    ['second.img', refused],
    ['gone away.img', 'FILE_NOT_FOUND'],
  ]);
  expect((await stateOf(page)).list.kind).toBe('live');
});

test('says why it may not act and keeps the live list', async () => {
  const page = await launch();
  await expect.poll(async () => (await stateOf(page)).list.kind).toBe('live');
  const reply = await page.evaluate(async () => window.platter?.helperUnlock({}));
  expect(reply).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^ELEVATION_/u) as unknown } });
  const { actions, list } = await stateOf(page);
  expect([actions.kind, list.kind]).toEqual(['failed', 'live']);
});

test('describes files from the chooser, the clipboard and a drop', async () => {
  const image = makeImage(program, 'chosen image.img', 4096);
  const page = await launch();
  await application?.evaluate(({ dialog, clipboard }, path) => {
    // The dialog is the desktop's own; what it gives back is what matters here.
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [path] });
    return clipboard.writeText(`file://${path.replace(' ', '%20')}`);
  }, image);
  const chosen = await page.evaluate(async () => window.platter?.imagesChoose({ multiple: true }));
  const pasted = await page.evaluate(async () => window.platter?.imagesPaste({ text: null }));
  expect([chosen, pasted]).toMatchObject([
    { ok: true, value: [{ name: 'chosen image.img', folder: program.home }] },
    { ok: true, value: [{ name: 'chosen image.img' }] },
  ]);
  const described = await page.evaluate(async () => {
    const reply = await window.platter?.imagesChoose({ multiple: false });
    return reply?.ok ? window.platter?.imagesDescribe({ image: reply.value[0]?.id ?? '' }) : reply;
  });
  expect(described).toMatchObject({ ok: true, value: { sizeBytes: '4096', access: 'read-write' } });

  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'dropped';
    document.body.append(input);
  });
  await page.locator('#dropped').setInputFiles(image);
  const dropped = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('#dropped');
    return window.platter?.imagesDrop([...(input?.files ?? [])]);
  });
  expect(dropped).toMatchObject({ ok: true, value: [{ name: 'chosen image.img', folder: program.home }] });
  const forged = await page.evaluate(async () => window.platter?.imagesDrop([new File(['x'], '/etc/passwd')]));
  expect(forged).toMatchObject({ ok: false, error: { code: 'INVALID_CALL' } });
});

test('remembers its size and preferences, and leaves no process behind', async () => {
  const page = await launch();
  await page.evaluate(async () => window.platter?.settingsSet({ showSystemDevices: true, colourScheme: 'dark' }));
  await application?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(700, 500));
  await expect.poll(async () => page.evaluate(() => [outerWidth, outerHeight])).toEqual([700, 500]);
  const pid = application?.process().pid;
  const exit = new Promise((resolve) => void application?.process().once('exit', resolve));
  await application?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  expect(await exit).toBe(0);
  expect(pid).toBeGreaterThan(0);
  await expect.poll(() => processesOf()).toEqual([]);
  application = null;

  const again = await launch();
  expect(await again.evaluate(() => [outerWidth, outerHeight])).toEqual([700, 500]);
  expect((await stateOf(again)).settings).toMatchObject({ showSystemDevices: true, colourScheme: 'dark' });
});

test('ends on a signal, and its helper with it', async () => {
  const page = await launch();
  await expect.poll(async () => (await stateOf(page)).list.kind).toBe('live');
  const exit = endingOf();
  application?.process().kill('SIGTERM');
  expect(await exit).toEqual({ code: 0, signal: null, said: '' });
  await expect.poll(() => processesOf()).toEqual([]);
  application = null;
});

for (const way of ['the window is closed', 'a signal comes'] as const) {
  test(`ends as usual when ${way} before the page is there`, async () => {
    application = await program.launch();
    const exit = endingOf();
    const end = async ({ app, BrowserWindow }: typeof Electron.CrossProcessExports, closes: boolean): Promise<void> => {
      const made = new Promise<Electron.BrowserWindow>((resolve) =>
        app.once('browser-window-created', (_event, window) => resolve(window)),
      );
      const window = BrowserWindow.getAllWindows()[0] ?? (await made);
      const { webContents } = window;
      const isBefore = webContents.getURL() === '' && !webContents.isLoading();
      if (isBefore) await new Promise<void>((resolve) => void webContents.once('did-start-loading', () => resolve()));
      if (closes) window.close();
      else process.kill(process.pid, 'SIGTERM');
    };
    // The answer may be lost with the program.
    void application.evaluate(end, way === 'the window is closed').catch(() => undefined);
    expect(await exit).toEqual({ code: 0, signal: null, said: '' });
    await expect.poll(() => processesOf()).toEqual([]);
    application = null;
  });
}

test('opens no window as root and none without the sandbox', () => {
  const withoutSandbox = program.run(['--no-sandbox']);
  expect([withoutSandbox.status, withoutSandbox.output]).toEqual([1, expect.stringContaining('without the sandbox')]);
  if (!isRoot) return;
  const asRoot = program.run(['--no-sandbox'], 'root');
  expect([asRoot.status, asRoot.output]).toEqual([1, expect.stringContaining('as root')]);
});
