/**
 * Runs accepted requests: at most 64 at once, those on one device one after another, each authorized before its handler, each
 * answered exactly once, its descriptors closed in the end. Runs as root.
 */
import { limits } from '../protocol/envelope.ts';
import { HelperError } from '../protocol/errors.ts';
import { DeviceOrder } from './device-order.ts';
import { toHelperError } from './faults.ts';
import type { AuthorizeRequest, HandledMethodName, HelperHandlers, RequestContext } from './handlers.ts';
import type { Log } from './log.ts';
import { PendingRequest } from './pending-request.ts';
import { errorLine, resultLine } from './replies.ts';

interface RunnerOptions {
  readonly handlers: HelperHandlers;
  readonly authorize: AuthorizeRequest;
  readonly send: (line: string) => void;
  readonly closeDescriptor: (descriptor: number) => void;
  readonly log: Log;
}

/** The tables are typed by method; here a method and its parameters are known to belong together, which types cannot follow. */
type AnyHandler = (params: unknown, request: RequestContext) => unknown;
type AnyAuthorize = (method: HandledMethodName, params: unknown, request: RequestContext) => Promise<void> | void;

export class RequestRunner {
  readonly #options: RunnerOptions;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #order = new DeviceOrder<PendingRequest>();
  readonly #idle: (() => void)[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Takes over the descriptors. Throws HelperError TOO_MANY_REQUESTS, and then it has not. */
  start(facts: { id: number; method: HandledMethodName; params: unknown; descriptors: readonly number[] }): void {
    if (this.#pending.size >= limits.requestsInFlight) throw new HelperError('TOO_MANY_REQUESTS');
    const request = new PendingRequest(facts);
    this.#pending.set(request.id, request);
    if (request.device === null || this.#order.enter(request.device, request)) this.#run(request);
  }

  /** Withdraws a request: one that waits for its turn fails at once, a running one is told by its signal. False when there is none. */
  cancel(id: number): boolean {
    const request = this.#pending.get(id);
    if (request === undefined) return false;
    this.#abort(request, new HelperError('CANCELLED'));
    return true;
  }

  /** Aborts everything. Resolves when the last request has been answered. */
  async end(): Promise<void> {
    for (const request of this.#pending.values()) this.#abort(request, new HelperError('SHUTTING_DOWN'));
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** Sends a result; one that no line can carry becomes INTERNAL. */
  reply(id: number, result: unknown): void {
    let line: string;
    try {
      line = resultLine(id, result);
    } catch (error) {
      line = errorLine(id, toHelperError(error, undefined, this.#options.log));
    }
    this.#options.send(line);
  }

  #abort(request: PendingRequest, reason: HelperError): void {
    request.abort(reason);
    const isWaiting = request.device !== null && this.#order.withdraw(request.device, request);
    if (isWaiting) this.#conclude(request, () => this.#fail(request, reason));
  }

  #run(request: PendingRequest): void {
    let outcome: unknown;
    try {
      const allowed = (this.#options.authorize as AnyAuthorize)(request.method, request.params, request);
      outcome = allowed instanceof Promise ? this.#handleAfter(allowed, request) : this.#handle(request);
    } catch (error) {
      this.#finish(request, () => this.#fail(request, error));
      return;
    }
    if (!(outcome instanceof Promise)) {
      this.#finish(request, () => this.reply(request.id, outcome));
      return;
    }
    outcome.then(
      (result: unknown) => this.#finish(request, () => this.reply(request.id, result)),
      (error: unknown) => this.#finish(request, () => this.#fail(request, error)),
    );
  }

  async #handleAfter(allowed: Promise<void>, request: PendingRequest): Promise<unknown> {
    await allowed;
    if (request.abortReason !== undefined) throw request.abortReason;
    return this.#handle(request);
  }

  #handle(request: PendingRequest): unknown {
    return (this.#options.handlers[request.method] as AnyHandler)(request.params, request);
  }

  #fail(request: PendingRequest, error: unknown): void {
    this.#options.send(errorLine(request.id, toHelperError(error, request.abortReason, this.#options.log)));
  }

  /** The end of a request that ran: answers it and lets the next of its device start. */
  #finish(request: PendingRequest, answer: () => void): void {
    this.#conclude(request, answer);
    if (request.device === null) return;
    const next = this.#order.leave(request.device);
    if (next !== undefined) this.#run(next);
  }

  #conclude(request: PendingRequest, answer: () => void): void {
    for (const descriptor of request.descriptors) this.#options.closeDescriptor(descriptor);
    this.#pending.delete(request.id);
    answer();
    if (this.#pending.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
