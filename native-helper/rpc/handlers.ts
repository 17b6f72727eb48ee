/** What an operation of the helper looks like to the dispatcher. Runs as root; parameters are parsed before they come here. */
import type { MethodName, ParamsOf, ResultOf } from '../protocol/methods.ts';

/** Methods about the conversation itself; the dispatcher answers them. */
export type SessionMethodName = 'session/hello' | 'session/shutdown' | 'session/cancel';
export type HandledMethodName = Exclude<MethodName, SessionMethodName>;

export interface RequestContext {
  /** Aborted by session/cancel and when the helper ends; its reason is a HelperError (CANCELLED or SHUTTING_DOWN). */
  readonly signal: AbortSignal;
  /** What came with the request, exactly as many as the method takes. Owned by the dispatcher: it closes them after the handler. */
  readonly descriptors: readonly number[];
}

/** A handler that returns a plain value is answered in the same turn of the event loop. Throws HelperError for every expected failure. */
export type Handler<N extends MethodName> = (params: ParamsOf<N>, request: RequestContext) => Promise<ResultOf<N>> | ResultOf<N>;

/** Handlers of some of the methods; operations and mounting each give their part. */
export type HandlersOf<N extends HandledMethodName> = { readonly [Name in N]: Handler<Name> };

/** A handler for every method of the table; a missing one does not compile. */
export type HelperHandlers = HandlersOf<HandledMethodName>;

/**
 * Called after the parameters were parsed and before the handler. Returns or resolves when the caller may do this now, throws HelperError
 * otherwise. Returning without a promise keeps the request in the same turn.
 */
export type AuthorizeRequest = <N extends HandledMethodName>(
  method: N,
  params: ParamsOf<N>,
  request: RequestContext,
) => Promise<void> | void;
