/** Speaks with one helper: requests with their descriptors out, replies and notifications in. Main process. */
import { limits, type HelperNotifications, type NotificationName } from '../../native-helper/protocol/envelope.ts';
import { HelperError, isHelperErrorCode } from '../../native-helper/protocol/errors.ts';
import { LineReader, type Line } from '../../native-helper/protocol/line-reader.ts';
import type { MethodName, ParamsInputOf, ResultOf } from '../../native-helper/protocol/methods.ts';
import { readHelperMessage, type HelperMessage } from './helper-messages.ts';

/** The helper is gone, or what came from it is no reply of this protocol. All calls that waited fail with it. */
export class HelperLost extends Error {
  override readonly name = 'HelperLost';
}

export interface CallOptions {
  /** Sent with the request. Stay the caller's, who closes them when the call has settled and not before. */
  readonly descriptors?: readonly number[];
  /** Aborting withdraws the request: the call then fails with CANCELLED, unless the helper was done already. */
  readonly signal?: AbortSignal;
}

/** How bytes and descriptors leave; {@link SocketWriter} is the real one. */
export interface MessageWriter {
  send(bytes: Uint8Array, descriptor: number | null): void;
  close(): void;
}

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

type NotificationListener = <N extends NotificationName>(method: N, params: HelperNotifications[N]) => void;

export class HelperClient {
  readonly #writer: MessageWriter;
  readonly #lines = new LineReader(limits.replyLineBytes);
  readonly #pending = new Map<number, PendingCall>();
  readonly #notificationListeners = new Set<NotificationListener>();
  readonly #endListeners = new Set<(reason: HelperLost) => void>();
  #lastId = 0;
  #ended: HelperLost | null = null;

  constructor(writer: MessageWriter) {
    this.#writer = writer;
  }

  /** Null as long as the conversation goes on. */
  get ended(): HelperLost | null {
    return this.#ended;
  }

  /** Rejects with HelperError (the helper said no) or {@link HelperLost}. */
  call<N extends MethodName>(method: N, params: ParamsInputOf<N>, options: CallOptions = {}): Promise<ResultOf<N>> {
    return new Promise<ResultOf<N>>((resolve, reject) => {
      if (this.#ended !== null) throw this.#ended;
      if (options.signal?.aborted === true) throw new HelperError('CANCELLED');
      const [descriptor = null, ...others] = options.descriptors ?? [];
      if (others.length > 0) throw new RangeError('a request carries at most one descriptor');
      const id = this.#nextId();
      const line = toRequestLine(id, method, params, descriptor);
      const stopWatching = this.#cancelOnAbort(id, options.signal);
      this.#pending.set(id, {
        resolve: (result) => {
          stopWatching();
          resolve(result as ResultOf<N>);
        },
        reject: (error) => {
          stopWatching();
          reject(error);
        },
      });
      this.#writer.send(line, descriptor);
    });
  }

  /** Returns its undo function. */
  onNotification(listener: NotificationListener): () => void {
    this.#notificationListeners.add(listener);
    return () => this.#notificationListeners.delete(listener);
  }

  /** Called once when the conversation ends, at once if it has. Returns its undo function. */
  onEnd(listener: (reason: HelperLost) => void): () => void {
    if (this.#ended !== null) listener(this.#ended);
    else this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  /** Bytes from the helper's standard output. */
  receive(bytes: Uint8Array): void {
    if (this.#ended !== null) return;
    let lines: Line[];
    try {
      lines = this.#lines.push(bytes);
    } catch (error) {
      this.end(new HelperLost('the helper sent a line that is too long', { cause: error }));
      return;
    }
    for (const line of lines) this.#take(readHelperMessage(line));
  }

  /** Ends the conversation; the helper ends with its input. */
  close(): void {
    this.end(new HelperLost('the conversation was closed'));
  }

  /** The one place where a conversation ends: everything that waits is rejected. */
  end(reason: HelperLost): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.#writer.close();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of pending) call.reject(reason);
    const listeners = [...this.#endListeners];
    this.#endListeners.clear();
    for (const listener of listeners) listener(reason);
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #cancelOnAbort(id: number, signal: AbortSignal | undefined): () => void {
    if (signal === undefined) return () => {};
    const cancel = (): void => {
      if (this.#ended === null) this.#writer.send(toRequestLine(this.#nextId(), 'session/cancel', { request: id }, null), null);
    };
    signal.addEventListener('abort', cancel, { once: true });
    return () => signal.removeEventListener('abort', cancel);
  }

  #take(message: HelperMessage): void {
    switch (message.kind) {
      case 'notification':
        for (const listener of this.#notificationListeners) listener(message.method, message.params);
        return;
      case 'result':
        this.#settle(message.id)?.resolve(message.result);
        return;
      case 'error':
        if (message.id !== null) this.#settle(message.id)?.reject(rebuildError(message));
        else this.end(new HelperLost('the helper did not understand a request'));
        return;
      case 'unknown':
        this.end(new HelperLost('the helper sent what is no message of this protocol'));
        return;
      default:
        message satisfies never;
    }
  }

  /** Undefined for the reply to a withdrawal, which nobody waits for. */
  #settle(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    return call;
  }
}

function rebuildError(message: HelperMessage & { kind: 'error' }): Error {
  const { code, errno, detail } = message.data;
  return isHelperErrorCode(code) ? new HelperError(code, { errno, detail }) : new HelperLost('the helper sent an unknown error');
}

/** Throws RangeError for a request that is longer than the helper takes. */
function toRequestLine(id: number, method: MethodName, params: unknown, descriptor: number | null): Uint8Array {
  const fds = descriptor === null ? {} : { fds: 1 };
  const line = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, method, params, ...fds })}\n`);
  if (line.length - 1 > limits.requestLineBytes) throw new RangeError('the request is too long');
  return line;
}
