/**
 * The contract of the renderer's API over the real thing: the page's end of the socket, the browser host, the application
 * and the helper, on real loop devices. The fake of the window's tests passes the same cases (test/unit/renderer/fake.test.ts).
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { get } from 'node:http';
import { afterAll, beforeAll, vi } from 'vitest';
import { WebSocket } from 'ws';
import { BrowserHost } from '../../../electron/hosts/browser-host.ts';
import { PageFiles } from '../../../electron/hosts/page-files.ts';
import { connectWebSocket, socketAddress } from '../../../renderer/api/web-socket-api.ts';
import { describeRendererContract, type ContractSubject } from '../../fakes/renderer-contract.ts';
import { createTestApp, folder, makeImage, MIB, ownDevices, until } from './app-fixture.ts';

/** What a browser does with the address: takes the cookie and goes where the page leads. */
async function openAddress(address: string): Promise<{ readonly page: string; readonly cookie: string }> {
  return new Promise((resolve, reject) => {
    get(address, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (part: string) => (body += part));
      incoming.on('end', () => {
        const path = /url=(?<page>\/[^"]+\/)"/u.exec(body)?.groups?.['page'] ?? '';
        resolve({ page: new URL(path, address).href, cookie: incoming.headers['set-cookie']?.[0]?.split(';')[0] ?? '' });
      });
    }).on('error', reject);
  });
}

let headers: Record<string, string> = {};
/** The socket of a browser sends the cookie and the origin by itself. */
class BrowserSocket extends WebSocket {
  constructor(address: string) {
    super(address, { headers });
    // The line opens itself again and again after its host has gone; ws throws what a browser only tells.
    this.on('error', () => undefined);
  }
}

beforeAll(() => {
  vi.stubGlobal('WebSocket', BrowserSocket);
});
afterAll(() => {
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

async function makeSubject(): Promise<ContractSubject> {
  const app = createTestApp('contract.json');
  await app.start();
  const host = new BrowserHost(app, new PageFiles(folder, { connect: 'self' }));
  await host.listen(0);
  const { page, cookie } = await openAddress(host.newAddress());
  headers = { cookie, origin: new URL(page).origin };
  const line = connectWebSocket(socketAddress(page));
  await new Promise<void>((resolve) => {
    line.onConnection?.((connection) => {
      if (connection === 'open') resolve();
    });
  });
  const imagePath = makeImage(4 * MIB);
  execFileSync('mkfs.ext4', ['-q', '-F', '-L', folder.slice(-14), imagePath]);
  return {
    api: line.api,
    imagePath,
    end: async () => {
      for (const name of ownDevices()) execFileSync('losetup', ['-d', `/dev/${name}`]);
      await until(() => ownDevices().length === 0);
      await host.close();
      await app.close();
    },
  };
}

describeRendererContract('the browser host', makeSubject);
