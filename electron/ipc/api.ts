/**
 * The page's whole view of the program: `window.platter` in Electron (preload.ts), the same object over a WebSocket in
 * the browser host (renderer/api/). One named function per action, no channel names, no event objects.
 */
import type { Reply } from './errors.ts';
import type { ImageFile } from './images.ts';
import { rendererMethods, type RendererMethodName, type RendererParamsInput, type RendererResult } from './methods.ts';
import type { StateChange } from './state.ts';

type CamelCase<S extends string> = S extends `${infer Head}/${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S extends `${infer Head}-${infer Tail}`
    ? `${Head}${Capitalize<CamelCase<Tail>>}`
    : S;

/** `devices/set-capacity` becomes `devicesSetCapacity`. */
export type RendererCalls = {
  readonly [N in RendererMethodName as CamelCase<N>]: (params: RendererParamsInput<N>) => Promise<Reply<RendererResult<N>>>;
};

export interface RendererApi extends RendererCalls {
  /** Changes of the state from now on; returns the function that ends it. */
  readonly onStateChange: (listener: (change: StateChange) => void) => () => void;
  /** Gives main the files that were dropped on the page and learns their ids. In the browser host a page cannot know paths: NOT_IN_THIS_HOST. */
  readonly imagesDrop: (files: readonly File[]) => Promise<Reply<readonly ImageFile[]>>;
}

/** `devices/set-capacity` to `devicesSetCapacity`, at run time. */
export function toCallName(method: RendererMethodName): keyof RendererCalls {
  return method.replace(/[/-](?<letter>[a-z])/gu, (_match, letter: string) => letter.toUpperCase()) as keyof RendererCalls;
}

/** One function for each method, which hands name and parameters to `send`. */
export function makeCalls(send: (method: RendererMethodName, params: unknown) => Promise<unknown>): RendererCalls {
  const methods = Object.keys(rendererMethods) as RendererMethodName[];
  const calls = methods.map((method) => [toCallName(method), (params: unknown) => send(method, params)]);
  // Object.fromEntries forgets which key has which type; the keys come from the method table itself.
  return Object.fromEntries(calls) as RendererCalls;
}
