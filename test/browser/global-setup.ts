/** Before the suite: builds the page and the fake, and serves the page with the headers of the product. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, createBuilder } from 'vite';
import { PageFiles } from '../../electron/hosts/page-files.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Folders of this run alone: the suite may run twice at the same time. */
const work = mkdtempSync(join(tmpdir(), 'platter-browser-'));
const pageFolder = join(work, 'page');
const fakeFolder = join(work, 'fake');

/** The product's page by the product's configuration, in a folder of its own. */
async function buildPage(): Promise<void> {
  const builder = await createBuilder({
    configFile: `${root}/build/vite.config.ts`,
    logLevel: 'error',
    environments: { client: { build: { outDir: pageFolder, emptyOutDir: true } } },
  });
  const client = builder.environments['client'];
  if (client === undefined) throw new Error('the configuration has no client environment');
  await builder.build(client);
}

/** One plain script that runs before the page's own. */
async function buildFake(): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      outDir: fakeFolder,
      target: 'chrome130',
      minify: false,
      lib: { entry: `${root}/test/fakes/page-entry.ts`, formats: ['iife'], name: 'platterFake', fileName: () => 'fake.js' },
    },
  });
}

/** Returns the function that ends the server. */
async function globalSetup(): Promise<() => Promise<void>> {
  await Promise.all([buildPage(), buildFake()]);
  const files = new PageFiles(pageFolder, { connect: 'none' });
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').slice(1).split('?')[0] ?? '';
    files.answer(path).then(
      (answer) => response.writeHead(answer.status, answer.headers).end(answer.body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env['PLATTER_TEST_PAGE'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  process.env['PLATTER_TEST_FAKE'] = `${fakeFolder}/fake.js`;
  return async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(work, { recursive: true });
  };
}

// oxlint-disable-next-line import/no-default-export -- Playwright takes the default export
export default globalSetup;
