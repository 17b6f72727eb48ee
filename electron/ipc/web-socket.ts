/**
 * The conversation of the browser host with its page: one JSON object a text message. The socket lives beside the page
 * (`new URL(SOCKET_NAME, location.href)` with `ws:`), because the page's address holds the path its session cookie is
 * bound to. Changes flow from the moment the socket is open, so a page that then calls state/get misses nothing.
 */
import * as v from 'valibot';
import type { Reply } from './errors.ts';
import type { RendererMethodName, RendererParamsInput, RendererResult } from './methods.ts';
import type { StateChange } from './state.ts';

/** Name of the socket relative to the page. */
export const SOCKET_NAME = 'socket';

/** Largest message a page may send, in bytes; a larger one ends the connection with close code 1009. */
export const SOCKET_MESSAGE_BYTES = 256 * 1024;

/** Page to host: a call of the method table. `call` is the page's own number for it, 1 to 2^53 - 1, not in use. */
export interface SocketCall<N extends RendererMethodName = RendererMethodName> {
  readonly call: number;
  readonly method: N;
  readonly params: RendererParamsInput<N>;
}

/** What the host accepts before it looks at the method; anything else ends the connection with close code 1008. */
export const socketCall = v.strictObject({
  call: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
  method: v.pipe(v.string(), v.maxLength(64)),
  params: v.unknown(),
});

/** Host to page: the answer to a call; answers come in any order. */
export interface SocketReply<N extends RendererMethodName = RendererMethodName> {
  readonly call: number;
  readonly reply: Reply<RendererResult<N>>;
}

/** Host to page: a difference to the state before. */
export interface SocketChange {
  readonly change: StateChange;
}

export type SocketMessage = SocketReply | SocketChange;
