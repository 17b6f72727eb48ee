/**
 * Serves the window to a browser on this machine, or at the other end of an SSH tunnel (DESIGN.md §1.8). Listens on
 * 127.0.0.1 only. The same application as in Electron; a page calls it over a WebSocket.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import * as v from 'valibot';
import type { App } from '../app.ts';
import { AppError } from '../ipc/errors.ts';
import { SOCKET_MESSAGE_BYTES, SOCKET_NAME, socketCall, type SocketMessage } from '../ipc/web-socket.ts';
import { BrowserSession, isLoopbackHost, isOwnOrigin } from './browser-session.ts';
import { securityHeaders, type PageFiles } from './page-files.ts';

const OPEN = '/open/';
const POLICY_VIOLATION = 1008;
/** Calls of one page that wait for their answer. */
const CALLS_IN_FLIGHT = 64;
/** A page that does not read what it is sent is given up. */
const UNREAD_BYTES = 64 * 1024 * 1024;

/** Node looks every 30 s for connections that never ask; only programs of this machine can make them, and looking wakes it. */
const CONNECTIONS_CHECKED_EVERY_MS = 10 * 60_000;

export class BrowserHost {
  readonly #app: App;
  readonly #files: PageFiles;
  readonly #session = new BrowserSession();
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: SOCKET_MESSAGE_BYTES, perMessageDeflate: false });

  constructor(app: App, files: PageFiles) {
    this.#app = app;
    this.#files = files;
    this.#server = createServer({ connectionsCheckingInterval: CONNECTIONS_CHECKED_EVERY_MS }, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.on('upgrade', (request, socket: Duplex, head) => this.#upgrade(request, socket, head));
  }

  /** Port 0 is any free one. Rejects with the system's error. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port }, resolve);
    });
  }

  /** An address that opens the window once; an earlier one that was not used no longer works. */
  newAddress(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${OPEN}${this.#session.issueToken()}`;
  }

  /** Resolves when no connection is left. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    if (!isLoopbackHost(request.headers.host)) return refuse(response, 421, 'This address is not served here.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only reading is possible here.');
    // Browsers ask for it at the root, where nothing is.
    if (path === '/favicon.ico') return void response.writeHead(204, securityHeaders({ connect: 'none' }, null)).end();
    if (path.startsWith(OPEN)) return this.#open(path.slice(OPEN.length), response);
    if (!this.#isAllowed(request)) return refuse(response, 403, 'Open Platter with the address it printed when it started.');
    const { status, headers, body } = await this.#files.answer(path.slice(this.#session.folder.length));
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
  }

  #isAllowed(request: IncomingMessage): boolean {
    return (request.url ?? '').startsWith(this.#session.folder) && this.#session.isOpenedBy(request.headers.cookie);
  }

  /**
   * A page that leads on, not a redirect: a browser that came from another site (a terminal in a page) does not send a
   * SameSite=Strict cookie along a redirect.
   */
  #open(token: string, response: ServerResponse): void {
    if (!this.#session.redeem(token)) return refuse(response, 403, 'This address was used already. Start Platter again for a new one.');
    const { folder, cookie } = this.#session;
    const page = `<!doctype html><html lang="en"><title>Platter</title><meta http-equiv="refresh" content="0;url=${folder}"></html>`;
    const headers = { 'content-type': 'text/html; charset=utf-8', 'set-cookie': cookie, ...securityHeaders({ connect: 'none' }, null) };
    response.writeHead(200, headers).end(page);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { headers, url } = request;
    const isOwnPage = isOwnOrigin(headers.origin, headers.host) && this.#isAllowed(request);
    // From here on nobody else listens: a peer that resets its connection must not end the program.
    socket.on('error', () => socket.destroy());
    if (!isOwnPage || url !== `${this.#session.folder}${SOCKET_NAME}`) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (page) => this.#serve(page));
  }

  #serve(page: WebSocket): void {
    const send = (message: SocketMessage): void => {
      if (page.readyState !== page.OPEN) return;
      if (page.bufferedAmount > UNREAD_BYTES) page.terminate();
      else page.send(JSON.stringify(message));
    };
    const connection = this.#app.connect((change) => send({ change }));
    const inFlight = new Set<number>();
    page.on('message', (data, isBinary) => {
      const parsed = isBinary ? null : parseCall(data);
      if (parsed === null || inFlight.has(parsed.call)) return page.close(POLICY_VIOLATION);
      const { call, method, params } = parsed;
      if (inFlight.size >= CALLS_IN_FLIGHT) return send({ call, reply: { ok: false, error: new AppError('TOO_MANY_REQUESTS').data } });
      inFlight.add(call);
      void connection.call(method, params).then((reply) => {
        inFlight.delete(call);
        send({ call, reply } as SocketMessage);
      });
    });
    // ws closes the connection itself after an error (a message too long, a broken frame).
    page.on('error', () => undefined);
    page.on('close', () => connection.close());
  }
}

function parseCall(data: RawData): v.InferOutput<typeof socketCall> | null {
  try {
    // A text message comes as one Buffer, checked to be UTF-8.
    const parsed = v.safeParse(socketCall, JSON.parse((data as Buffer).toString('utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...securityHeaders({ connect: 'none' }, null) };
  response.writeHead(status, headers).end(`${sentence}\n`);
}
