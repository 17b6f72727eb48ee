/** A request between its arrival and its reply. Runs as root. */
import type { HelperError } from '../protocol/errors.ts';
import type { HandledMethodName, RequestContext } from './handlers.ts';

interface Facts {
  readonly id: number;
  readonly method: HandledMethodName;
  readonly params: unknown;
  readonly descriptors: readonly number[];
}

export class PendingRequest implements RequestContext {
  readonly id: number;
  readonly method: HandledMethodName;
  /** Parsed by the schema of the method. */
  readonly params: unknown;
  readonly descriptors: readonly number[];
  /** The device it names; null when it names none and need not wait for others. */
  readonly device: number | null;
  #abortReason: HelperError | undefined;
  #controller: AbortController | undefined;

  constructor(facts: Facts) {
    this.id = facts.id;
    this.method = facts.method;
    this.params = facts.params;
    this.descriptors = facts.descriptors;
    this.device = deviceOf(facts.params);
  }

  /** Made when first asked for: most requests are answered at once and never need one. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get abortReason(): HelperError | undefined {
    return this.#abortReason;
  }

  /** The first reason stays. */
  abort(reason: HelperError): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

function deviceOf(params: unknown): number | null {
  const device = (params as { device?: unknown }).device;
  return typeof device === 'number' ? device : null;
}
