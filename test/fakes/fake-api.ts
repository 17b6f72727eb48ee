/**
 * A RendererApi over a model in memory, for tests of the window. It keeps to the contract that the browser host keeps to:
 * renderer-contract.ts runs the same cases over both.
 */
import * as v from 'valibot';
import { makeCalls, type RendererApi } from '../../electron/ipc/api.ts';
import type { AppErrorData, Reply } from '../../electron/ipc/errors.ts';
import type { ImageFile } from '../../electron/ipc/images.ts';
import { rendererMethods, type RendererMethodName, type RendererParams } from '../../electron/ipc/methods.ts';
import type { AppState } from '../../electron/ipc/state.ts';
import { FakeRefusal, type FakeControls, type FakeHandlers } from './fake-contract.ts';
import { createCreateHandlers } from './fake-create-handlers.ts';
import { lookAtRuns } from './fake-detach-handlers.ts';
import { createDeviceHandlers } from './fake-device-handlers.ts';
import { createMaintenanceHandlers } from './fake-maintenance-handlers.ts';
import { createLibraryHandlers } from './fake-library-handlers.ts';
import { createInspectionHandlers } from './fake-inspection-handlers.ts';
import { createImageHandlers } from './fake-image-handlers.ts';
import { FakeModel, type FakeScenario } from './fake-model.ts';

export interface Fake {
  readonly api: RendererApi;
  readonly controls: FakeControls;
}

export function createFake(initial: FakeScenario = {}): Fake {
  const model = new FakeModel(initial);
  const failures = new Map<RendererMethodName, AppErrorData>();
  const held = new Map<RendererMethodName, Promise<void>>();
  const controls: FakeControls = {
    model,
    calls: [],
    chosenPaths: [],
    look: () => lookAtRuns(model),
    failNext: (method, error) => failures.set(method, error),
    hold: (method) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(method, promise);
      return () => {
        held.delete(method);
        resolve();
      };
    },
  };
  const images = createImageHandlers(model, controls);
  const handlers: FakeHandlers = {
    ...createDeviceHandlers(model),
    ...createCreateHandlers(model, controls),
    ...images,
    ...createInspectionHandlers(model, images),
    ...createLibraryHandlers(model),
    ...createMaintenanceHandlers(model),
    ...createWindowHandlers(model),
  };

  const answer = async (method: RendererMethodName, params: unknown): Promise<Reply<unknown>> => {
    controls.calls.push({ method, params });
    await held.get(method);
    const failure = failures.get(method);
    if (failure !== undefined) {
      failures.delete(method);
      return { ok: false, error: failure };
    }
    const parsed = v.safeParse(rendererMethods[method].params, params);
    if (!parsed.success) return { ok: false, error: { code: 'INVALID_CALL', message: 'INVALID_CALL' } };
    try {
      const handler = handlers[method] as (input: unknown) => unknown;
      return { ok: true, value: structuredClone(handler(parsed.output)) };
    } catch (error) {
      if (error instanceof FakeRefusal) return { ok: false, error: error.data };
      throw error;
    }
  };

  const imagesDrop = async (files: readonly File[]): Promise<Reply<readonly ImageFile[]>> => {
    if (model.state.host === 'browser') return { ok: false, error: { code: 'NOT_IN_THIS_HOST', message: 'NOT_IN_THIS_HOST' } };
    return { ok: true, value: files.map((file) => model.files.imageOf(`/home/maria/images/${file.name}`)) };
  };
  return { api: { ...makeCalls(answer), onStateChange: (listener) => model.listen(listener), imagesDrop }, controls };
}

/** State, preferences, jobs and notices. */
function createWindowHandlers(model: FakeModel) {
  return {
    'state/get': () => model.state,
    'window/visibility': () => null,
    'helper/unlock': () => {
      model.change({ actions: { kind: 'ready' } });
      return null;
    },
    'settings/set': (patch: RendererParams<'settings/set'>) => {
      // Absent fields stay absent after parsing, so that the spread changes only what was given.
      const settings = { ...model.state.settings, ...(patch as Partial<AppState['settings']>) };
      model.change({ settings });
      return settings;
    },
    'jobs/cancel': ({ job }: { job: number }) => {
      const found = model.state.jobs.find((one) => one.id === job && one.state.kind === 'running');
      if (found === undefined) throw new FakeRefusal('JOB_GONE');
      model.putJob({ ...found, state: { kind: 'cancelled' }, cancellable: false });
      return null;
    },
    'jobs/dismiss': ({ job }: { job: number }) => {
      if (!model.state.jobs.some((one) => one.id === job)) throw new FakeRefusal('JOB_GONE');
      model.change({ jobs: model.state.jobs.filter((one) => one.id !== job) });
      return null;
    },
    'notices/dismiss': ({ notice }: { notice: number }) => {
      model.change({ notices: model.state.notices.filter((one) => one.id !== notice) });
      return null;
    },
  } satisfies Partial<FakeHandlers>;
}
