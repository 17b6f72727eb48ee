/** The page's end of the browser host's socket, over a real socket. */
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { StateChange } from '../../../electron/ipc/state.ts';
import { connectWebSocket, socketAddress } from '../../../renderer/api/web-socket-api.ts';
import type { ApiLine, Connection } from '../../../renderer/state/app-store.ts';

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

interface Peer {
  readonly line: ApiLine;
  readonly connections: Connection[];
  readonly next: () => Promise<WebSocket>;
}

async function connect(): Promise<Peer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const sockets: WebSocket[] = [];
  const waiting: ((socket: WebSocket) => void)[] = [];
  server.on('connection', (socket) => {
    const taker = waiting.shift();
    if (taker === undefined) sockets.push(socket);
    else taker(socket);
  });
  const next = (): Promise<WebSocket> => {
    const ready = sockets.shift();
    return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
  };
  const line = connectWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/socket`);
  const connections: Connection[] = [];
  line.onConnection?.((connection) => connections.push(connection));
  return { line, connections, next };
}

/** Answers each call with its own method and parameters. */
function echo(socket: WebSocket): void {
  socket.on('message', (data: Buffer) => {
    const { call, method, params } = JSON.parse(data.toString()) as { call: number; method: string; params: unknown };
    socket.send(JSON.stringify({ call, reply: { ok: true, value: { method, params } } }));
  });
}

describe('the socket of the page', () => {
  test('lies beside the page, without its query', () => {
    expect(socketAddress('http://127.0.0.1:4000/p/abc/?token=1#x')).toBe('ws://127.0.0.1:4000/p/abc/socket');
    expect(socketAddress('https://host/')).toBe('wss://host/socket');
  });

  test('carries calls and gives each its own answer, in any order', async () => {
    const { line, connections, next } = await connect();
    const socket = await next();
    await expect.poll(() => connections.at(-1)).toBe('open');
    const calls: { call: number }[] = [];
    socket.on('message', (data: Buffer) => {
      calls.push(JSON.parse(data.toString()) as { call: number });
      if (calls.length < 2) return;
      for (const { call } of calls.toReversed()) socket.send(JSON.stringify({ call, reply: { ok: true, value: call } }));
    });
    const replies = await Promise.all([line.api.nodesFindFree({}), line.api.nodesFindFree({})]);
    expect(replies).toEqual([
      { ok: true, value: 1 },
      { ok: true, value: 2 },
    ]);
  });

  test('hands changes to its listeners until they are taken away', async () => {
    const { line, connections, next } = await connect();
    const socket = await next();
    await expect.poll(() => connections.at(-1)).toBe('open');
    const seen: StateChange[] = [];
    const stop = line.api.onStateChange((change) => seen.push(change));
    socket.send(JSON.stringify({ change: { revision: 5 } }));
    await expect.poll(() => seen).toEqual([{ revision: 5 }]);
    stop();
    echo(socket);
    socket.send(JSON.stringify({ change: { revision: 6 } }));
    await line.api.nodesFindFree({});
    expect(seen).toHaveLength(1);
  });

  test('fails open calls when the line breaks, says so, and connects again by itself', async () => {
    const { line, connections, next } = await connect();
    const first = await next();
    await expect.poll(() => connections.at(-1)).toBe('open');
    const open = line.api.nodesFindFree({});
    first.terminate();
    expect(await open).toMatchObject({ ok: false, error: { code: 'CONNECTION_LOST' } });
    expect(connections.at(-1)).toBe('lost');
    expect(await line.api.nodesFindFree({})).toMatchObject({ ok: false, error: { code: 'CONNECTION_LOST' } });
    echo(await next());
    await expect.poll(() => connections.at(-1)).toBe('open');
    expect(await line.api.devicesKernelView({ device: 1, diskseq: '2' })).toMatchObject({
      ok: true,
      value: { method: 'devices/kernel-view', params: { device: 1, diskseq: '2' } },
    });
  });

  test('cannot name the files that are dropped on it', async () => {
    const { line } = await connect();
    expect(await line.api.imagesDrop([])).toMatchObject({ ok: false, error: { code: 'NOT_IN_THIS_HOST' } });
  });
});
