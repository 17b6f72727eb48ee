/** The browser host as it is: the built server with the real helper, in real Chromium. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import {
  address,
  childrenOf,
  folder,
  MIB,
  mountsOf,
  needsDevices,
  ownDevices,
  server,
  start,
  startWithFileSystem,
  stop,
  useHost,
} from './host-fixture.ts';

useHost();

test('opens a file of the command line with its file system, grows it, detaches it and takes that back, live', async ({ page }) => {
  needsDevices();
  const { image, place, complaints } = await startWithFileSystem(page, 'main-job');
  await expect(page.getByRole('heading', { name: 'main-job.img' }).first()).toBeVisible();
  await expect(page.getByText('8 MiB').first()).toBeVisible();
  expect(ownDevices()).toHaveLength(1);
  await expect(page.getByText(`mounted at ${place}`)).toBeVisible();
  expect(mountsOf(ownDevices()[0] ?? '')).toEqual([place]);
  expect(statSync(join(place, 'lost+found')).isDirectory()).toBe(true);

  await page.getByRole('button', { name: 'Resize…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'New size' }).fill('20 MiB');
  await dialog.getByRole('button', { name: 'Resize', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText('20 MiB').first()).toBeVisible();
  const [device = ''] = ownDevices();
  expect([statSync(image).size, readFileSync(`/sys/block/${device}/size`, 'utf8')]).toEqual([20 * MIB, `${(20 * MIB) / 512}\n`]);

  // By its name: others attach devices on this machine too.
  await page.getByRole('main').getByRole('button', { name: 'Detach main-job.img' }).click();
  await expect.poll(ownDevices).toEqual([]);
  await expect.poll(() => existsSync(place)).toBe(false);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(ownDevices).toHaveLength(1);
  await expect.poll(() => mountsOf(ownDevices()[0] ?? '')).toEqual([place]);

  // An opened image goes with its last mount, whoever unmounts it.
  // The mount can be seen a moment before the helper has closed its descriptor of it.
  await expect(() => execFileSync('umount', [place], { stdio: 'pipe' })).toPass({ timeout: 10_000 });
  await expect.poll(ownDevices).toEqual([]);
  await expect(page.getByRole('row', { name: /main-job/u })).toHaveCount(0);
  expect(complaints).toEqual([]);
  expect(await stop('SIGTERM')).toBe(0);
});

test('shows what it may not do as an error with a sentence and goes on', async ({ page }) => {
  await start(join(folder, 'missing.img'), folder);
  await page.goto(address);
  await expect(page.getByText('missing.img').first()).toBeVisible();
  await page.reload();
  await expect(page.getByText('missing.img').first()).toBeVisible();
});

test('the address works in one browser only', async ({ page, browser }) => {
  await start();
  await page.goto(address);
  await expect(page).toHaveTitle('Platter');
  await expect(page).toHaveURL(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/u);
  const other = await browser.newContext();
  const stranger = await other.newPage();
  expect((await stranger.goto(address))?.status()).toBe(403);
  expect((await stranger.goto(page.url()))?.status()).toBe(403);
  await other.close();
});

test('a page of another server on this machine reaches nothing and is sent no cookie', async ({ page, context }) => {
  await start();
  await page.goto(address);
  await expect(page).toHaveTitle('Platter');
  const cookies: (string | undefined)[] = [];
  const hostile: Server = createServer((request, response) => {
    cookies.push(request.headers.cookie);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Hostile</title>');
  });
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  try {
    const other = await context.newPage();
    await other.goto(`http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`);
    const outcomes = await other.evaluate(async (target) => {
      const socket = new Promise((resolve) => {
        const line = new WebSocket(`${target.replace('http', 'ws')}socket`);
        line.addEventListener('open', () => resolve('open'));
        line.addEventListener('error', () => resolve('refused'));
      });
      const fetched = fetch(target, { credentials: 'include' }).then(
        () => 'read',
        () => 'refused',
      );
      const frame = document.createElement('iframe');
      frame.src = target;
      const framed = new Promise((resolve) =>
        frame.addEventListener('load', () => resolve(frame.contentDocument === null ? 'refused' : 'read')),
      );
      document.body.append(frame);
      return Promise.all([socket, fetched, framed]);
    }, page.url());
    expect(outcomes).toEqual(['refused', 'refused', 'refused']);
    expect(cookies.filter((cookie) => cookie !== undefined)).toEqual([]);
  } finally {
    hostile.closeAllConnections();
    hostile.close();
  }
});

test('says that the connection is lost when the program ends, and ends with its helper and the image worker that waits', async ({
  page,
}) => {
  await start();
  await page.goto(address);
  await expect(page).toHaveTitle('Platter');
  const children = (): readonly string[] =>
    ['helper/helper.js', 'image-worker/worker.js'].flatMap((program) => childrenOf(server.pid, program));
  // Nothing was asked of the worker: it is there because the page is.
  await expect.poll(() => children().length).toBe(2);
  const [helper, worker] = children();
  expect(await stop('SIGINT')).toBe(0);
  // One that was only just starting ends with its input, a moment later.
  await expect.poll(() => existsSync(`/proc/${helper}`) || existsSync(`/proc/${worker}`)).toBe(false);
  await expect(page.getByText(/connection/iu).first()).toBeVisible();
});
