import { describe, expect, test } from 'vitest';
import type { AppState, StateChange } from '../../../electron/ipc/state.ts';
import { StateStore } from '../../../electron/state-store.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice } from './samples.ts';

function createStore(): { store: StateStore; changes: StateChange[] } {
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
  const changes: StateChange[] = [];
  store.onChange((change) => changes.push(change));
  return { store, changes };
}

/** What a window does with the changes it is sent. */
function applyChange(state: AppState, { devices, ...fields }: StateChange): AppState {
  const gone = new Set([...(devices?.removed ?? []), ...(devices?.changed ?? []).map((device) => device.number)]);
  const rest = state.devices.filter((device) => !gone.has(device.number));
  return { ...state, ...fields, devices: [...rest, ...(devices?.changed ?? [])].toSorted((a, b) => a.number - b.number) };
}

describe('the state of the windows', () => {
  test('is the same whether it is fetched or put together from the changes', () => {
    const { store, changes } = createStore();
    const before = store.snapshot();
    store.replaceDevices({ devices: [sampleDevice(), sampleDevice({ number: 1 })], unboundNumbers: [7] }, { list: { kind: 'live' } });
    store.applyDifference({ changed: [sampleDevice({ number: 9 })], removed: [1], unboundNumbers: [1, 7] });
    store.update({ actions: { kind: 'ready' } });
    store.replaceDevices({ devices: [sampleDevice({ readOnly: true })], unboundNumbers: [] });
    expect(changes.reduce(applyChange, before)).toEqual(store.snapshot());
  });

  test('numbers every change with the revision that follows the one before', () => {
    const { store, changes } = createStore();
    const first = store.snapshot().revision;
    store.update({ actions: { kind: 'authorizing' } });
    store.applyDifference({ changed: [sampleDevice()], removed: [], unboundNumbers: [] });
    expect(changes.map((change) => change.revision)).toEqual([first + 1, first + 2]);
    expect(store.snapshot().revision).toBe(first + 2);
  });

  test('tells only of devices that are different when a whole list is taken over', () => {
    const { store, changes } = createStore();
    store.replaceDevices({ devices: [sampleDevice(), sampleDevice({ number: 4 }), sampleDevice({ number: 5 })], unboundNumbers: [] });
    const grown = sampleDevice({ number: 4, sizeBytes: toDecimal(2_097_152) });
    store.replaceDevices({ devices: [sampleDevice(), grown], unboundNumbers: [] });
    expect(changes.at(-1)?.devices).toEqual({ changed: [grown], removed: [5] });
  });

  test('says nothing when a list brings nothing new', () => {
    const { store, changes } = createStore();
    store.replaceDevices({ devices: [sampleDevice()], unboundNumbers: [2] });
    store.replaceDevices({ devices: [sampleDevice()], unboundNumbers: [2] });
    expect(changes).toHaveLength(1);
  });

  test('keeps quiet towards a listener that has ended', () => {
    const { store, changes } = createStore();
    const others: StateChange[] = [];
    const stop = store.onChange((change) => others.push(change));
    stop();
    store.update({ actions: { kind: 'ready' } });
    expect([changes.length, others.length]).toEqual([1, 0]);
  });
});
