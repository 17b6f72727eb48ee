/** The RendererApi over the browser host's WebSocket; runs in the page. Connects again by itself, and says so. */
import { makeCalls, type RendererApi } from '../../electron/ipc/api.ts';
import type { AppErrorCode, Reply } from '../../electron/ipc/errors.ts';
import type { RendererMethodName } from '../../electron/ipc/methods.ts';
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

/** One line that is opened again each time it breaks. */
class SocketLine {
  readonly #address: string;
  readonly #waiting = new Map<number, (reply: Reply<unknown>) => void>();
  readonly changeListeners = new Set<(change: StateChange) => void>();
  readonly connectionListeners = new Set<(connection: Connection) => void>();
  #socket: WebSocket | null = null;
  #lastCall = 0;
  #pauseMs = FIRST_PAUSE_MS;
  connection: Connection = 'connecting';

  constructor(address: string) {
    this.#address = address;
  }

  open(): void {
    const socket = new WebSocket(this.#address);
    socket.addEventListener('open', () => {
      this.#socket = socket;
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#setConnection('open');
    });
    socket.addEventListener('message', (event: MessageEvent<string>) => this.#take(JSON.parse(event.data) as SocketMessage));
    socket.addEventListener('close', () => this.#closed());
  }

  call(method: RendererMethodName, params: unknown): Promise<Reply<unknown>> {
    if (this.#socket === null || this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(failure('CONNECTION_LOST'));
    this.#lastCall += 1;
    const message = { call: this.#lastCall, method, params } as SocketCall;
    const { promise, resolve } = Promise.withResolvers<Reply<unknown>>();
    this.#waiting.set(message.call, resolve);
    this.#socket.send(JSON.stringify(message));
    return promise;
  }

  #closed(): void {
    this.#socket = null;
    for (const settle of this.#waiting.values()) settle(failure('CONNECTION_LOST'));
    this.#waiting.clear();
    this.#setConnection('lost');
    setTimeout(() => this.open(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #setConnection(next: Connection): void {
    this.connection = next;
    for (const listener of this.connectionListeners) listener(next);
  }

  #take(message: SocketMessage): void {
    if ('change' in message) {
      for (const listener of this.changeListeners) listener(message.change);
      return;
    }
    this.#waiting.get(message.call)?.(message.reply);
    this.#waiting.delete(message.call);
  }
}

/**
 * Opens the line. Calls while it is down fail with CONNECTION_LOST, and so do those that were open when it broke:
 * whether they were carried out, nobody can know.
 */
export function connectWebSocket(address: string): ApiLine {
  const line = new SocketLine(address);
  const api: RendererApi = {
    ...makeCalls((method, params) => line.call(method, params)),
    onStateChange: (listener) => {
      line.changeListeners.add(listener);
      return () => line.changeListeners.delete(listener);
    },
    // A page does not learn the paths of dropped files.
    imagesDrop: () => Promise.resolve(failure('NOT_IN_THIS_HOST')),
  };
  line.open();
  return {
    api,
    onConnection: (listener) => {
      line.connectionListeners.add(listener);
      listener(line.connection);
      return () => line.connectionListeners.delete(listener);
    },
  };
}
