/** The RendererApi over the browser host's WebSocket; runs in the page. Connects again by itself, and says so. */
import { toCallName, type RendererApi, type RendererCalls } from '../../electron/ipc/api.ts';
import type { AppErrorCode, Reply } from '../../electron/ipc/errors.ts';
import { rendererMethods, type RendererMethodName } from '../../electron/ipc/methods.ts';
import type { StateChange } from '../../electron/ipc/state.ts';
import { SOCKET_NAME, type SocketCall, type SocketMessage } from '../../electron/ipc/web-socket.ts';
import type { ApiLine, Connection } from '../state/app-store.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

function failure(code: AppErrorCode): Reply<never> {
  return { ok: false, error: { code, message: 'The call could not be made over the socket.' } };
}

/** The address of the socket beside the page. */
export function socketAddress(page: string): string {
  const address = new URL(SOCKET_NAME, page);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.search = '';
  address.hash = '';
  return address.href;
}

/**
 * Opens the line. Calls while it is down fail with CONNECTION_LOST, and so do those that were open when it broke:
 * whether they were carried out, nobody can know.
 */
export function connectWebSocket(address: string): ApiLine {
  const waiting = new Map<number, (reply: Reply<unknown>) => void>();
  const changeListeners = new Set<(change: StateChange) => void>();
  const connectionListeners = new Set<(connection: Connection) => void>();
  let socket: WebSocket | null = null;
  let lastCall = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let connection: Connection = 'connecting';

  const setConnection = (next: Connection): void => {
    connection = next;
    for (const listener of connectionListeners) listener(next);
  };

  const take = (message: SocketMessage): void => {
    if ('change' in message) {
      for (const listener of changeListeners) listener(message.change);
      return;
    }
    waiting.get(message.call)?.(message.reply);
    waiting.delete(message.call);
  };

  const open = (): void => {
    const opened = new WebSocket(address);
    opened.addEventListener('open', () => {
      socket = opened;
      pauseMs = FIRST_PAUSE_MS;
      setConnection('open');
    });
    opened.addEventListener('message', (event: MessageEvent<string>) => take(JSON.parse(event.data) as SocketMessage));
    opened.addEventListener('close', () => {
      socket = null;
      for (const settle of waiting.values()) settle(failure('CONNECTION_LOST'));
      waiting.clear();
      setConnection('lost');
      setTimeout(open, pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    });
  };

  const call = (method: RendererMethodName, params: unknown): Promise<Reply<unknown>> => {
    if (socket === null || socket.readyState !== WebSocket.OPEN) return Promise.resolve(failure('CONNECTION_LOST'));
    lastCall += 1;
    const message = { call: lastCall, method, params } as SocketCall;
    const { promise, resolve } = Promise.withResolvers<Reply<unknown>>();
    waiting.set(message.call, resolve);
    socket.send(JSON.stringify(message));
    return promise;
  };

  const methods = Object.keys(rendererMethods) as RendererMethodName[];
  const calls = Object.fromEntries(methods.map((method) => [toCallName(method), (params: unknown) => call(method, params)]));
  const api: RendererApi = {
    ...(calls as unknown as RendererCalls),
    onStateChange: (listener) => {
      changeListeners.add(listener);
      return () => changeListeners.delete(listener);
    },
    // A page does not learn the paths of dropped files.
    imagesDrop: () => Promise.resolve(failure('NOT_IN_THIS_HOST')),
  };
  open();
  return {
    api,
    onConnection: (listener) => {
      connectionListeners.add(listener);
      listener(connection);
      return () => connectionListeners.delete(listener);
    },
  };
}
