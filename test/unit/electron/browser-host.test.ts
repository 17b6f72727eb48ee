/** The browser host over real connections, with an application whose helper cannot be had. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { App } from '../../../electron/app.ts';
import { BrowserHost } from '../../../electron/hosts/browser-host.ts';
import { PageFiles } from '../../../electron/hosts/page-files.ts';
import { AppError } from '../../../electron/ipc/errors.ts';
import { LibraryFile } from '../../../electron/library/library-file.ts';
import { SettingsFile } from '../../../electron/settings/settings-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-host-'));
const none = async (): Promise<never> => {
  throw new AppError('HELPER_NOT_INSTALLED');
};
let host: BrowserHost;
let app: App;
let origin = '';
let page = '';
let cookie = '';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Not fetch, which tidies paths and sets Host and Origin itself. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts).toString() }),
      );
    });
    outgoing.on('error', reject).end();
  });
}

/** Opens the window's address as a browser does; sets `page` and `cookie`. */
async function open(): Promise<void> {
  const address = new URL(host.newAddress());
  origin = address.origin;
  const { body, headers } = await get(address.pathname);
  page = /url=(?<page>\/[^"]+\/)"/u.exec(body)?.groups?.['page'] ?? '';
  cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** Resolves to an open socket, or to the status with which the host refused. */
async function connect(path = `${page}socket`, headers: Record<string, string> = { cookie, origin }): Promise<WebSocket | number> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, { headers });
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

async function connected(): Promise<WebSocket> {
  const socket = await connect();
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

/** All messages up to the first that `isLast` holds for; several may come in one piece. */
async function messagesUntil(socket: WebSocket, isLast: (message: object) => boolean): Promise<object[]> {
  const messages: object[] = [];
  return new Promise((resolve) => {
    const take = (data: Buffer): void => {
      const message = JSON.parse(data.toString()) as object;
      messages.push(message);
      if (!isLast(message)) return;
      socket.off('message', take);
      resolve(messages);
    };
    socket.on('message', take);
  });
}

/** The answer to a call; changes that come before it, or after it, are not its business. */
async function answerTo(socket: WebSocket, call: unknown): Promise<unknown> {
  return (await messagesUntil(socket, (message) => Reflect.get(message, 'call') === call)).at(-1);
}

async function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => void socket.once('close', resolve));
}

beforeAll(async () => {
  const files = join(folder, 'page');
  mkdirSync(join(files, 'assets'), { recursive: true });
  writeFileSync(join(files, 'index.html'), '<meta property="csp-nonce" content="__PLATTER_CSP_NONCE__" /><title>Page</title>');
  writeFileSync(join(files, 'assets/main.js'), 'export {};');
  writeFileSync(join(files, 'secret.env'), 'of no known type');
  writeFileSync(join(folder, 'outside.js'), 'outside');
  app = new App({
    version: '1',
    desktop: {
      kind: 'browser',
      chooseImages: null,
      chooseFolder: null,
      chooseNew: null,
      attention: null,
      readClipboard: null,
      showInFolder: null,
      openFolder: null,
      moveToTrash: null,
      listsFolders: true,
    },
    helpers: { isRoot: false, startView: none, startElevated: none, mayElevateSilently: async () => false },
    settings: new SettingsFile(join(folder, 'settings.json')),
    libraryFile: new LibraryFile(join(folder, 'library.json')),
  });
  await app.start();
  host = new BrowserHost(app, new PageFiles(files, { connect: 'self' }));
  await host.listen(0);
  await open();
});
afterAll(async () => {
  await host.close();
  await app.close();
  rmSync(folder, { recursive: true });
});

describe('the page', () => {
  test('is served under its own folder to the browser that opened the address, with strict headers', async () => {
    const { status, headers, body } = await get(page, { cookie });
    const policy = String(headers['content-security-policy']);
    const nonce = /'nonce-(?<nonce>[^']+)'/u.exec(policy)?.groups?.['nonce'] ?? 'none';
    expect([status, headers['content-type'], body.includes(`content="${nonce}"`)]).toEqual([200, 'text/html; charset=utf-8', true]);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*/u);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect((await get(page, { cookie })).headers['content-security-policy']).not.toBe(policy);
  });

  test('has its files and nothing else', async () => {
    expect(await get(`${page}assets/main.js`, { cookie })).toMatchObject({ status: 200, body: 'export {};' });
    const outside = [
      '../outside.js',
      '%2e%2e/outside.js',
      'assets/../../outside.js',
      '..%2foutside.js',
      '//etc/passwd',
      'assets',
      'assets/',
      'secret.env',
      '.',
      'constructor',
      '__proto__',
      'index.html?x',
    ];
    for (const path of outside) expect([path, (await get(`${page}${path}`, { cookie })).status]).toEqual([path, 404]);
  });

  test('is refused without the cookie, with another one, and outside its folder', async () => {
    for (const headers of [{}, { cookie: 'platter=x' }, { cookie: `${cookie}x` }]) expect((await get(page, headers)).status).toBe(403);
    for (const path of ['/', '/index.html', '/socket', '/open', page.slice(0, -1)]) expect((await get(path, { cookie })).status).toBe(403);
  });

  test('is refused under the name of another machine, whatever the cookie', async () => {
    for (const name of ['example.org', 'platter.example.org:80', '127.0.0.1.example.org', '192.168.1.1']) {
      expect((await get(page, { cookie, host: name })).status).toBe(421);
    }
    expect((await get(page, { cookie, host: 'localhost:9000' })).status).toBe(200);
  });

  test('can only be read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) expect((await get(page, { cookie }, method)).status).toBe(405);
    expect(await get(page, { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });
});

describe('the address', () => {
  test('works once, and only the one issued last', async () => {
    const older = new URL(host.newAddress()).pathname;
    const newer = new URL(host.newAddress()).pathname;
    expect((await get(older)).status).toBe(403);
    expect((await get(newer, { host: 'example.org' })).status).toBe(421);
    expect((await get(newer)).headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict$/u);
    expect((await get(newer)).status).toBe(403);
    expect((await get('/open/')).status).toBe(403);
  });
});

describe('the socket', () => {
  test('answers calls by their number', async () => {
    const socket = await connected();
    socket.send(JSON.stringify({ call: 7, method: 'state/get', params: {} }));
    // The library may be read at this very moment, and tell of itself first.
    const answers = await messagesUntil(socket, (message) => Object.hasOwn(message, 'call'));
    expect(answers.at(-1)).toMatchObject({
      call: 7,
      reply: { ok: true, value: { host: 'browser', version: '1', list: { kind: 'lost' } } },
    });
    socket.send(JSON.stringify({ call: 8, method: 'helper/unlock', params: {} }));
    const messages = await messagesUntil(socket, (message) => Object.hasOwn(message, 'call'));
    expect(messages.at(-1)).toMatchObject({ call: 8, reply: { ok: false, error: { code: 'HELPER_NOT_INSTALLED' } } });
    const first = messages.find((message) => JSON.stringify(message).includes('actions'));
    expect(first).toMatchObject({ change: { actions: { kind: 'authorizing' } } });
    socket.close();
  });

  test('tells every page of a change', async () => {
    const [one, two] = [await connected(), await connected()];
    const isChange = (message: object): boolean => JSON.stringify(message).includes('showSystemDevices');
    const heard = Promise.all([messagesUntil(one, isChange), messagesUntil(two, isChange)]);
    one.send(JSON.stringify({ call: 1, method: 'settings/set', params: { showSystemDevices: true } }));
    const change = { change: { settings: { showSystemDevices: true } } };
    expect((await heard).map((messages) => messages.at(-1))).toMatchObject([change, change]);
    one.close();
    two.close();
  });

  test('is refused from another origin, without one, without the cookie and elsewhere', async () => {
    const port = new URL(origin).port;
    const refused = [
      connect(`${page}socket`, { cookie }),
      connect(`${page}socket`, { cookie, origin: 'http://example.org' }),
      connect(`${page}socket`, { cookie, origin: 'null' }),
      connect(`${page}socket`, { cookie, origin: `http://127.0.0.1:${Number(port) + 1}` }),
      connect(`${page}socket`, { cookie, origin: `http://localhost:${port}` }),
      connect(`${page}socket`, { cookie, origin: 'http://example.org', host: 'example.org' }),
      connect(`${page}socket`, { origin }),
      connect('/socket', { cookie, origin }),
      connect(page, { cookie, origin }),
      connect(`${page}socket?x`, { cookie, origin }),
    ];
    expect(await Promise.all(refused)).toEqual(refused.map(() => 403));
  });

  test.each([
    '',
    '{',
    '[]',
    'null',
    '1',
    '{}',
    '{"call":0,"method":"state/get","params":{}}',
    '{"call":1.5,"method":"state/get","params":{}}',
    '{"call":1,"method":1,"params":{}}',
    '{"call":1,"method":"state/get","params":{},"more":1}',
    '{"call":1,"method":"state/get"}',
  ])('is closed after %j', async (text) => {
    const socket = await connected();
    const closed = closeCode(socket);
    socket.send(text);
    expect(await closed).toBe(1008);
  });

  test('is closed after bytes, after text that is not UTF-8 and after a message that is too long', async () => {
    const messages: [Buffer, { binary: boolean }, number][] = [
      [Buffer.from('{"call":1,"method":"state/get","params":{}}'), { binary: true }, 1008],
      [Buffer.from([0xff, 0xfe]), { binary: false }, 1007],
      [Buffer.alloc(300 * 1024, 0x20), { binary: false }, 1009],
    ];
    for (const [bytes, options, code] of messages) {
      const socket = await connected();
      const closed = closeCode(socket);
      socket.send(bytes, options);
      expect(await closed).toBe(code);
    }
  });

  test('refuses unknown methods and wrong parameters, and stays open', async () => {
    const socket = await connected();
    for (const [call, method, params] of [
      [1, 'constructor', {}],
      [2, 'devices/attach-legacy', {}],
      [3, 'state/get', { extra: 1 }],
      [4, 'state/get', null],
    ]) {
      socket.send(JSON.stringify({ call, method, params }));
      expect(await answerTo(socket, call)).toMatchObject({ reply: { ok: false, error: { code: 'INVALID_CALL' } } });
    }
    socket.close();
  });

  test('has what only Electron can do answered honestly', async () => {
    const socket = await connected();
    for (const [call, method, params] of [
      [1, 'images/choose', { multiple: true }],
      [2, 'images/paste', { text: null }],
    ]) {
      socket.send(JSON.stringify({ call, method, params }));
      expect(await answerTo(socket, call)).toMatchObject({ reply: { error: { code: 'NOT_IN_THIS_HOST' } } });
    }
    socket.send(JSON.stringify({ call: 3, method: 'images/paste', params: { text: 'file:///tmp/a.img' } }));
    expect(await answerTo(socket, 3)).toMatchObject({ reply: { ok: true, value: [{ name: 'a.img', folder: '/tmp' }] } });
    socket.close();
  });

  test('lets a page walk only from folder to folder', async () => {
    const socket = await connected();
    socket.send(JSON.stringify({ call: 1, method: 'images/list-folder', params: { folder: '0'.repeat(32), showHidden: false } }));
    expect(await answerTo(socket, 1)).toMatchObject({ reply: { error: { code: 'FILE_UNKNOWN' } } });
    socket.send(JSON.stringify({ call: 2, method: 'images/list-folder', params: { folder: null, showHidden: false } }));
    expect(await answerTo(socket, 2)).toMatchObject({ reply: { ok: true } });
    socket.close();
  });

  test('outlives peers that reset their connections', async () => {
    const { port } = new URL(origin);
    const upgrade = (headers: string): string =>
      `GET ${page}socket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`;
    const accepted = `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nCookie: ${cookie}\r\nOrigin: ${origin}\r\n`;
    const openings = ['', 'GET / HTTP/1.1\r\n', upgrade(''), upgrade(accepted), `${upgrade(accepted)}\x81\xff`];
    for (const opening of openings) {
      const peer = connectTcp(Number(port), '127.0.0.1');
      await new Promise((resolve) => void peer.once('connect', resolve));
      peer.on('error', () => undefined);
      await new Promise((resolve) => void peer.write(Buffer.from(opening, 'latin1'), resolve));
      peer.resetAndDestroy();
    }
    expect((await get(page, { cookie })).status).toBe(200);
    const socket = await connected();
    socket.send(JSON.stringify({ call: 1, method: 'state/get', params: {} }));
    expect(await answerTo(socket, 1)).toMatchObject({ reply: { ok: true } });
    socket.close();
  });
});
