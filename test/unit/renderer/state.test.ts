/** The window's copy of the state: subscribe first, fetch second, newest revision wins. */
import { describe, expect, test } from 'vitest';
import type { StateChange } from '../../../electron/ipc/state.ts';
import { applyChange, mergeDevices } from '../../../renderer/state/apply-change.ts';
import { createAppStore, followState, type ApiLine, type Connection } from '../../../renderer/state/app-store.ts';
import { createFake } from '../../fakes/fake-api.ts';
import { loopDevice } from '../../fakes/sample-devices.ts';

describe('a change', () => {
  const { model } = createFake().controls;
  const { state } = model;

  test('that is not newer is dropped', () => {
    expect(applyChange(state, { revision: state.revision, list: { kind: 'loading' } })).toEqual({ kind: 'stale' });
  });

  test('after a missing one asks for everything anew', () => {
    expect(applyChange(state, { revision: state.revision + 2 })).toEqual({ kind: 'gap' });
  });

  test('keeps the identity of devices that did not change', () => {
    const changed = loopDevice(2, '/new.img');
    const result = applyChange(state, { revision: state.revision + 1, devices: { changed: [changed], removed: [3] } });
    if (result.kind !== 'applied') throw new Error('was not applied');
    expect(result.state.devices.map((device) => device.number)).toEqual([0, 1, 2, 4, 5]);
    expect(result.state.devices[2]).toBe(changed);
    expect(result.state.devices[0]).toBe(state.devices[0]);
    expect(result.state.settings).toBe(state.settings);
  });

  test('of nothing keeps the list itself', () => {
    expect(mergeDevices(state.devices, [], [])).toBe(state.devices);
  });

  test('that removes and adds the same number ends with the new device', () => {
    const again = loopDevice(3, '/again.img');
    expect(mergeDevices(state.devices, [again], [3])[3]).toBe(again);
  });
});

describe('following main', () => {
  test('loses no change that comes between subscribing and the first state', async () => {
    const { api, controls } = createFake();
    const release = controls.hold('state/get');
    const store = createAppStore();
    followState({ api }, store);
    controls.model.put(loopDevice(40, '/early.img'));
    release();
    await expect.poll(() => store.getState().app?.devices.some((device) => device.number === 40)).toBe(true);
    expect(store.getState().app?.revision).toBe(controls.model.state.revision);
    expect(store.getState().connection).toBe('open');
  });

  test('fetches again after a gap, and a late answer of the first fetch does not win', async () => {
    const { api, controls } = createFake();
    const store = createAppStore();
    followState({ api }, store);
    await expect.poll(() => store.getState().app?.revision).toBe(1);
    controls.model.state = { ...controls.model.state, revision: 7, devices: [] };
    controls.model.put(loopDevice(1, '/after.img'));
    await expect.poll(() => store.getState().app?.devices.map((device) => device.number)).toEqual([1]);
  });

  test('takes a lower revision from a program that was started anew', async () => {
    const { api } = createFake();
    const listeners = new Set<(connection: Connection) => void>();
    const line: ApiLine = {
      api,
      onConnection: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const store = createAppStore();
    followState(line, store);
    const say = (connection: Connection): void => listeners.forEach((listener) => listener(connection));
    say('open');
    await expect.poll(() => store.getState().app?.revision).toBe(1);
    const { app } = store.getState();
    if (app === null) throw new Error('no state');
    store.setState({ app: { ...app, revision: 500, devices: [] } });
    say('lost');
    expect(store.getState()).toMatchObject({ connection: 'lost', app: { revision: 500 } });
    say('open');
    await expect.poll(() => store.getState().app?.revision).toBe(1);
  });

  test('leaves no listener behind when it ends', async () => {
    const { api, controls } = createFake();
    const store = createAppStore();
    const stop = followState({ api }, store);
    await expect.poll(() => store.getState().app).not.toBeNull();
    stop();
    const before = store.getState().app;
    controls.model.put(loopDevice(1, '/late.img'));
    expect(store.getState().app).toBe(before);
  });

  test('drops changes that are no news', async () => {
    const { api, controls } = createFake();
    const listeners: ((change: StateChange) => void)[] = [];
    const store = createAppStore();
    followState({ api: { ...api, onStateChange: (listener) => (listeners.push(listener), () => undefined) } }, store);
    await expect.poll(() => store.getState().app).not.toBeNull();
    const before = store.getState().app;
    listeners[0]?.({ revision: controls.model.state.revision, devices: { changed: [], removed: [0, 1, 2] } });
    expect(store.getState().app).toBe(before);
  });
});
