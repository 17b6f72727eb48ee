/**
 * The dispatcher of the root helper: takes bytes and descriptors of a hostile peer, gives replies (DESIGN.md §1.1, SECURITY.md (e) 13-30).
 * It knows no descriptors 0 and 1; `connection.ts` and `output.ts` do.
 */
import { limits, type RequestEnvelope } from '../protocol/envelope.ts';
import { HelperError } from '../protocol/errors.ts';
import { LineReader, LineTooLongError } from '../protocol/line-reader.ts';
import { helperMethods, type MethodName, type ParamsOf } from '../protocol/methods.ts';
import { PROTOCOL_VERSION, type HelloResult } from '../protocol/session.ts';
import { DescriptorQueue } from './descriptor-queue.ts';
import type { AuthorizeRequest, HelperHandlers, SessionMethodName } from './handlers.ts';
import type { Log } from './log.ts';
import { errorLine } from './replies.ts';
import { readMethod, readParameters, readRequest, type ReadRequest } from './requests.ts';
import { RequestRunner } from './request-runner.ts';

/** The peer broke the rules in a way after which nothing it sends can be trusted to mean what it says: the helper ends with 70. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

export interface DispatcherOptions {
  readonly hello: HelloResult;
  readonly handlers: HelperHandlers;
  readonly authorize: AuthorizeRequest;
  readonly send: (line: string) => void;
  readonly closeDescriptor: (descriptor: number) => void;
  readonly log: Log;
  /** session/shutdown was answered. */
  readonly onShutdown: () => void;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lines = new LineReader(limits.requestLineBytes);
  readonly #descriptors: DescriptorQueue;
  readonly #runner: RequestRunner;
  #lastId = 0;
  #phase: 'greeting' | 'open' | 'ending' = 'greeting';

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#descriptors = new DescriptorQueue(options.closeDescriptor);
    this.#runner = new RequestRunner(options);
  }

  /**
   * What one recvmsg gave. Owns the descriptors from here on. Throws {@link ProtocolViolation}; then {@link end} must follow.
   * All lines are read and their descriptors counted before the first is acted on.
   */
  receive(bytes: Uint8Array, descriptors: readonly number[]): void {
    this.#descriptors.add(descriptors);
    const requests = this.#readLines(bytes);
    const announced = requests.filter((request) => request.kind === 'request' && request.envelope.fds !== undefined).length;
    const surplus = this.#descriptors.waiting > announced && !this.#lines.hasPartialLine;
    if (surplus || this.#descriptors.isOverfull) throw new ProtocolViolation('descriptors that no request takes');
    for (const request of requests) {
      if (request.kind === 'invalid') this.#options.send(errorLine(null, request.error));
      else this.#accept(request.envelope);
    }
  }

  /** No more requests: those waiting fail with SHUTTING_DOWN, those running are aborted. Resolves when the last has ended. */
  async end(): Promise<void> {
    this.#phase = 'ending';
    this.#descriptors.closeAll();
    await this.#runner.end();
  }

  #readLines(bytes: Uint8Array): ReadRequest[] {
    try {
      return this.#lines.push(bytes).map(readRequest);
    } catch (error) {
      if (error instanceof LineTooLongError) throw new ProtocolViolation('line too long', { cause: error });
      throw error;
    }
  }

  #accept(envelope: RequestEnvelope): void {
    const descriptors = envelope.fds === undefined ? [] : this.#descriptors.take();
    // An id that does not grow is not answered by its number: the peer could take the reply for that of the other request.
    const replyId = envelope.id > this.#lastId ? envelope.id : null;
    try {
      if (replyId === null) throw new HelperError('INVALID_REQUEST');
      this.#lastId = replyId;
      this.#begin(envelope, descriptors);
    } catch (error) {
      for (const descriptor of descriptors) this.#options.closeDescriptor(descriptor);
      if (!(error instanceof HelperError)) throw error;
      this.#options.send(errorLine(replyId, error));
    }
  }

  /** Throws HelperError as long as nothing was started; afterwards the runner owns the descriptors and the reply. */
  #begin(envelope: RequestEnvelope, descriptors: readonly number[]): void {
    if (this.#phase === 'ending') throw new HelperError('SHUTTING_DOWN');
    const method = readMethod(envelope.method);
    const entry = helperMethods[method];
    if (entry.descriptors === 0 && descriptors.length > 0) throw new ProtocolViolation('descriptors with a method that takes none');
    if (descriptors.length !== entry.descriptors || (envelope.fds ?? 0) !== entry.descriptors) throw new HelperError('INVALID_REQUEST');
    if (this.#phase === 'greeting' && method !== 'session/hello') throw new HelperError('NOT_READY');
    const params = readParameters(method, envelope.params);
    if (isSessionMethod(method)) {
      this.#answer(envelope.id, method, params);
      return;
    }
    if (!entry.viewOnly && this.#options.hello.mode === 'view') throw new HelperError('ROOT_REQUIRED');
    this.#runner.start({ id: envelope.id, method, params, descriptors });
  }

  #answer(id: number, method: SessionMethodName, params: unknown): void {
    switch (method) {
      case 'session/hello': {
        const { protocolVersion } = params as ParamsOf<'session/hello'>;
        if (protocolVersion !== PROTOCOL_VERSION) throw new HelperError('VERSION_MISMATCH');
        this.#phase = 'open';
        this.#runner.reply(id, this.#options.hello);
        return;
      }
      case 'session/cancel':
        this.#runner.reply(id, this.#runner.cancel((params as ParamsOf<'session/cancel'>).request));
        return;
      case 'session/shutdown':
        this.#phase = 'ending';
        this.#runner.reply(id, null);
        this.#options.onShutdown();
        return;
      default:
        method satisfies never;
    }
  }
}

const sessionMethods: Readonly<Record<SessionMethodName, true>> = {
  'session/hello': true,
  'session/shutdown': true,
  'session/cancel': true,
};

function isSessionMethod(method: MethodName): method is SessionMethodName {
  return Object.hasOwn(sessionMethods, method);
}
