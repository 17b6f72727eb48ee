/** The helper's life with helpers whose answers come when the test says so: what matters here is the order of things. */
import { describe, expect, test } from 'vitest';
import { HelperLost } from '../../../electron/helper/helper-client.ts';
import { HelperSession, type Helper, type HelperSource } from '../../../electron/helper-session.ts';
import { AppError } from '../../../electron/ipc/errors.ts';
import { StateStore } from '../../../electron/state-store.ts';
import type { DeviceChanges, LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { sampleDevice } from './samples.ts';

class ScriptedHelper implements Helper {
  readonly calls: [string, unknown][] = [];
  readonly #notify = new Set<(method: 'devices/changed', params: DeviceChanges) => void>();
  readonly #end = new Set<(reason: HelperLost) => void>();
  #list = Promise.withResolvers<void>();
  isStopped = false;
  devices: readonly LoopDevice[] = [];
  revision = 1;

  constructor(listsAtOnce = true) {
    if (listsAtOnce) this.#list.resolve();
  }

  readonly client = {
    call: async (method: string, params: unknown): Promise<never> => {
      this.calls.push([method, params]);
      if (method !== 'devices/list') return { revision: this.revision } as never;
      const snapshot = { revision: this.revision, devices: this.devices, unboundNumbers: [] };
      await this.#list.promise;
      return snapshot as never;
    },
    onNotification: (listener: (method: 'devices/changed', params: DeviceChanges) => void): (() => void) => {
      this.#notify.add(listener);
      return () => this.#notify.delete(listener);
    },
    onEnd: (listener: (reason: HelperLost) => void): (() => void) => {
      this.#end.add(listener);
      return () => this.#end.delete(listener);
    },
  } as Helper['client'];

  readonly stop = async (): Promise<void> => {
    this.isStopped = true;
    this.end();
  };

  answerList(): void {
    this.#list.resolve();
  }
  change(revision: number, changed: readonly LoopDevice[], removed: readonly number[] = []): void {
    for (const listener of this.#notify) listener('devices/changed', { revision, changed, removed, unboundNumbers: [] });
  }
  end(): void {
    const listeners = [...this.#end];
    this.#end.clear();
    for (const listener of listeners) listener(new HelperLost('ended'));
  }
}

function createSession(source: Partial<HelperSource>): {
  session: HelperSession;
  store: StateStore;
  numbers: () => number[];
  kinds: () => string[];
} {
  const store = new StateStore({
    host: 'browser',
    version: '1',
    list: { kind: 'loading' },
    actions: { kind: 'locked' },
    features: null,
    jobs: [],
    undoOffers: [],
    detachRuns: [],
    library: { revision: 0, count: 0, folders: [], setAside: null },
    notices: [],
    settings: {
      attachReadOnly: true,
      partitionScan: true,
      showSystemDevices: false,
      colourScheme: 'system',
      mountFileSystems: true,
      openFolder: true,
    },
  });
  const refuse = async (): Promise<never> => {
    throw new AppError('HELPER_NOT_INSTALLED');
  };
  const session = new HelperSession(
    { isRoot: false, startView: refuse, startElevated: refuse, mayElevateSilently: async () => false, ...source },
    store,
  );
  return {
    session,
    store,
    numbers: () => [...store.devices()].map((device) => device.number),
    kinds: () => [store.get('list').kind, store.get('actions').kind],
  };
}

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve));
}

describe('the view-only helper', () => {
  test('shows the list and leaves actions locked', async () => {
    const view = new ScriptedHelper();
    view.devices = [sampleDevice({ number: 2 })];
    const { session, numbers, kinds } = createSession({ startView: async () => view });
    await session.start();
    expect([numbers(), kinds()]).toEqual([[2], ['live', 'locked']]);
  });

  test('subscribes before it lists, applies what came in between and nothing older than the list', async () => {
    const view = new ScriptedHelper(false);
    view.devices = [sampleDevice({ number: 2 })];
    view.revision = 5;
    const { session, numbers } = createSession({ startView: async () => view });
    const started = session.start();
    await settle();
    expect(view.calls.map(([method]) => method)).toEqual(['devices/watch', 'session/features', 'devices/list']);
    view.change(5, [], [2]);
    view.change(6, [sampleDevice({ number: 9 })]);
    view.answerList();
    await started;
    expect(numbers()).toEqual([2, 9]);
    view.change(7, [], [2]);
    view.change(7, [sampleDevice({ number: 1 })]);
    expect(numbers()).toEqual([9]);
  });

  test('that cannot be had or ends makes the list lost, with the reason and the last list kept', async () => {
    const none = createSession({});
    await none.session.start();
    expect(none.store.get('list')).toMatchObject({ kind: 'lost', error: { code: 'HELPER_NOT_INSTALLED' } });
    const view = new ScriptedHelper();
    view.devices = [sampleDevice()];
    const { session, store, numbers } = createSession({ startView: async () => view });
    await session.start();
    view.end();
    expect([store.get('list'), numbers()]).toMatchObject([{ kind: 'lost', error: { code: 'HELPER_LOST' } }, [3]]);
  });
});

describe('the elevated helper', () => {
  test('is started by the first action, once for all that wait, and takes the list over', async () => {
    const view = new ScriptedHelper();
    view.devices = [sampleDevice()];
    const elevated = new ScriptedHelper();
    elevated.devices = [sampleDevice({ reference: { text: 'r', base64: null } }), sampleDevice({ number: 8 })];
    let starts = 0;
    const { session, store, numbers, kinds } = createSession({
      startView: async () => view,
      startElevated: async () => {
        starts += 1;
        return elevated;
      },
    });
    await session.start();
    const both = [session.call('nodes/find-free', {}), session.call('nodes/find-free', {})];
    expect(kinds()).toEqual(['live', 'authorizing']);
    await Promise.all(both);
    expect([starts, kinds(), numbers(), view.isStopped]).toEqual([1, ['live', 'ready'], [3, 8], true]);
    expect(store.device(3)?.reference?.text).toBe('r');
    view.change(99, [], [3, 8]);
    expect(numbers()).toEqual([3, 8]);
  });

  test('starts silently when the system says that nobody would be asked', async () => {
    const view = new ScriptedHelper();
    const elevated = new ScriptedHelper();
    const { session, kinds } = createSession({
      startView: async () => view,
      startElevated: async () => elevated,
      mayElevateSilently: async () => true,
    });
    await session.start();
    expect([kinds(), view.isStopped]).toEqual([['live', 'ready'], true]);
  });

  test('keeps its list when the view-only helper is ready later', async () => {
    const late = Promise.withResolvers<Helper>();
    const view = new ScriptedHelper();
    const elevated = new ScriptedHelper();
    elevated.devices = [sampleDevice({ number: 8 })];
    const { session, numbers } = createSession({ startView: async () => late.promise, startElevated: async () => elevated });
    const started = session.start();
    await session.elevated();
    late.resolve(view);
    await started;
    expect([numbers(), view.isStopped]).toEqual([[8], true]);
  });

  test.each([
    'ELEVATION_DISMISSED',
    'ELEVATION_DENIED',
    'ELEVATION_NO_AGENT',
    'ELEVATION_NO_PKEXEC',
    'HELPER_BROKEN',
    'HELPER_VERSION',
  ] as const)('that fails with %s leaves the list live, says so and is tried again only by the next action', async (code) => {
    let starts = 0;
    const { session, store, kinds } = createSession({
      startView: async () => new ScriptedHelper(),
      startElevated: async () => {
        starts += 1;
        throw new AppError(code);
      },
    });
    await session.start();
    await expect(session.call('nodes/find-free', {})).rejects.toMatchObject({ data: { code } });
    await settle();
    expect([starts, kinds(), store.get('actions')]).toMatchObject([1, ['live', 'failed'], { error: { code } }]);
    await expect(session.call('nodes/find-free', {})).rejects.toMatchObject({ data: { code } });
    expect(starts).toBe(2);
  });

  test('that ends is not started again by itself; the next action starts it and the list is live again', async () => {
    const helpers = [new ScriptedHelper(), new ScriptedHelper()];
    let starts = 0;
    const { session, kinds } = createSession({
      isRoot: true,
      startElevated: async () => {
        starts += 1;
        return helpers[starts - 1] as Helper;
      },
    });
    await session.start();
    helpers[0]?.end();
    await settle();
    expect([starts, kinds()]).toEqual([1, ['lost', 'failed']]);
    await session.call('nodes/find-free', {});
    expect([starts, kinds()]).toEqual([2, ['live', 'ready']]);
  });

  test('that is lost and cannot be had again leaves the view-only list', async () => {
    const elevated = new ScriptedHelper();
    let starts = 0;
    const { session, kinds } = createSession({
      startView: async () => new ScriptedHelper(),
      startElevated: async () => {
        starts += 1;
        if (starts > 1) throw new AppError('ELEVATION_DISMISSED');
        return elevated;
      },
    });
    await session.start();
    await session.elevated();
    elevated.end();
    expect(kinds()).toEqual(['lost', 'failed']);
    await expect(session.elevated()).rejects.toThrow('dismissed');
    await settle();
    expect(kinds()).toEqual(['live', 'failed']);
  });
});

test('a password that is dismissed before the first list says nothing of the list', async () => {
  const late = Promise.withResolvers<Helper>();
  const { session, kinds } = createSession({
    startView: async () => late.promise,
    startElevated: async () => {
      throw new AppError('ELEVATION_DISMISSED');
    },
  });
  const started = session.start();
  await expect(session.elevated()).rejects.toThrow('dismissed');
  expect(kinds()).toEqual(['loading', 'failed']);
  late.resolve(new ScriptedHelper());
  await started;
  expect(kinds()).toEqual(['live', 'failed']);
});

describe('a session', () => {
  test('asks for the safety re-read only while a window can be seen', async () => {
    const view = new ScriptedHelper();
    const { session } = createSession({ startView: async () => view });
    await session.start();
    session.setVisible(true);
    session.setVisible(false);
    session.setVisible(false);
    session.setVisible(true);
    expect(view.calls.filter(([method]) => method === 'devices/watch').map(([, params]) => params)).toEqual([
      { safetyRead: true },
      { safetyRead: false },
      { safetyRead: true },
    ]);
  });

  test('that closes ends its helpers, gives up waiting for a password and says nothing more', async () => {
    const view = new ScriptedHelper();
    const { session, store } = createSession({
      startView: async () => view,
      startElevated: async (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new AppError('ELEVATION_DISMISSED')));
        }),
    });
    await session.start();
    const failed = session.elevated().catch((error: unknown) => error);
    const { revision } = store.snapshot();
    await session.close();
    expect(await failed).toMatchObject({ data: { code: 'ELEVATION_DISMISSED' } });
    expect([view.isStopped, store.snapshot().revision]).toEqual([true, revision]);
  });

  test('that closes keeps its helper for what cleans up, and starts none for it', async () => {
    const acting = new ScriptedHelper();
    let starts = 0;
    const { session } = createSession({
      isRoot: true,
      startElevated: async () => {
        starts += 1;
        return acting;
      },
    });
    await session.start();
    const lastWork = Promise.withResolvers<void>();
    const closed = session.close(lastWork.promise);
    await session.call('devices/list', {});
    await settle();
    expect(acting.isStopped).toBe(false);
    acting.end();
    await expect(session.call('devices/list', {})).rejects.toMatchObject({ data: { code: 'SHUTTING_DOWN' } });
    lastWork.resolve();
    await closed;
    await expect(session.call('devices/list', {})).rejects.toMatchObject({ data: { code: 'SHUTTING_DOWN' } });
    expect([acting.isStopped, starts]).toEqual([true, 1]);
  });

  test('starts no helper for what goes on by itself', async () => {
    const acting = new ScriptedHelper();
    const { session } = createSession({ startElevated: async () => acting });
    await expect(session.callPresent('devices/list', {})).rejects.toMatchObject({ data: { code: 'HELPER_LOST' } });
    await session.elevated();
    await expect(session.callPresent('devices/list', {})).resolves.toMatchObject({ devices: [] });
    acting.end();
    await expect(session.callPresent('devices/list', {})).rejects.toMatchObject({ data: { code: 'HELPER_LOST' } });
  });
});
