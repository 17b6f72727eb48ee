/**
 * The door of the main process: a call of a window comes in as unknown data and goes out as a Reply. Whatever the host,
 * every call passes through `answerCall`.
 */
import * as v from 'valibot';
import { HelperError } from '../native-helper/protocol/errors.ts';
import { HelperLost } from './helper/helper-client.ts';
import { AppError, type AppErrorData, type Reply } from './ipc/errors.ts';
import { isRendererMethodName, rendererMethods, type RendererMethodName, type RendererParams, type RendererResult } from './ipc/methods.ts';

/** One entry for each method of the table; `connection` is the window that calls. */
export type RendererHandlers = {
  readonly [N in RendererMethodName]: (params: RendererParams<N>, connection: number) => RendererResult<N> | Promise<RendererResult<N>>;
};

/** Parses the call, runs its handler, and turns whatever happens into data. Never throws. */
export async function answerCall(handlers: RendererHandlers, method: string, params: unknown, connection: number): Promise<Reply<unknown>> {
  if (!isRendererMethodName(method) || !isPlainData(params)) return refuse(new AppError('INVALID_CALL'));
  return runHandler(handlers, method, params, connection);
}

async function runHandler<N extends RendererMethodName>(
  handlers: RendererHandlers,
  method: N,
  params: unknown,
  connection: number,
): Promise<Reply<unknown>> {
  const parsed = v.safeParse(rendererMethods[method].params, params);
  if (!parsed.success) return refuse(new AppError('INVALID_CALL'));
  try {
    return { ok: true, value: await handlers[method](parsed.output as RendererParams<N>, connection) };
  } catch (error) {
    return refuse(error);
  }
}

/** Deeper than any parameter of the table. */
const NESTING_LEVELS = 8;

/**
 * True for an object whose keys, at every level, mean nothing to JavaScript itself: schemas look keys up in plain
 * objects, where `toString` and `__proto__` are found too.
 */
function isPlainData(params: unknown): boolean {
  return typeof params === 'object' && params !== null && !Array.isArray(params) && hasPlainKeys(params, NESTING_LEVELS);
}

function hasPlainKeys(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.entries(value).every(
    ([key, inner]) => !Object.hasOwn(Object.prototype, key) && key !== 'prototype' && hasPlainKeys(inner, levels - 1),
  );
}

function refuse(error: unknown): Reply<never> {
  return { ok: false, error: toErrorData(error) };
}

/** The data form of anything thrown. A fault of the program itself is INTERNAL with the stack for the Details view. */
export function toErrorData(error: unknown): AppErrorData {
  if (error instanceof AppError) return error.data;
  if (error instanceof HelperError) return error.toData();
  if (error instanceof HelperLost) return new AppError('HELPER_LOST', { details: error.message }).data;
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AppError('INTERNAL', { details }).data;
}
