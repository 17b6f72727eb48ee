/** What the parts of the fake share: how a handler looks, how it refuses, and how tests steer it. */
import type { AppErrorCode, AppErrorData } from '../../electron/ipc/errors.ts';
import type { RendererMethodName, RendererParams, RendererResult } from '../../electron/ipc/methods.ts';
import type { FakeModel } from './fake-model.ts';

/** Thrown by handlers; becomes the failed reply. */
export class FakeRefusal extends Error {
  readonly data: AppErrorData;
  constructor(code: AppErrorCode, facts: Omit<AppErrorData, 'code' | 'message'> = {}) {
    super(code);
    this.data = { code, message: code, ...facts };
  }
}

export type FakeHandlers = { readonly [N in RendererMethodName]: (params: RendererParams<N>) => RendererResult<N> };

export interface FakeControls {
  readonly model: FakeModel;
  /** Every call, in order. */
  readonly calls: { readonly method: RendererMethodName; readonly params: unknown }[];
  /** The next call of this method fails with this. */
  readonly failNext: (method: RendererMethodName, error: AppErrorData) => void;
  /** Calls of this method wait until the returned function is called. */
  readonly hold: (method: RendererMethodName) => () => void;
  /** Main looks at the devices that are waited for. */
  readonly look: () => void;
  /** What the native file chooser answers next (paths). */
  chosenPaths: string[];
}
