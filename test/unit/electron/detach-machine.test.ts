/** Every event in every state of detaching. */
import { describe, expect, test } from 'vitest';
import { nextStep, type DetachEvent, type DetachStep } from '../../../electron/detach/detach-machine.ts';
import { mergeNamed } from '../../../electron/detach/merge-named.ts';
import type { DetachState } from '../../../electron/ipc/detaching.ts';
import { isFree, processesOf, signatureOf } from '../../../electron/ipc/holder-facts.ts';
import type { HolderDevice, HolderList, HolderMount, HolderProcess } from '../../../native-helper/protocol/holders.ts';
import { toDecimal, toKernelText } from '../../../native-helper/protocol/scalars.ts';

const text = (value: string) => toKernelText(Buffer.from(value));
const busy = { code: 'MOUNT_BUSY', message: 'm' } as const;

function program(pid: number, facts: Partial<HolderProcess> = {}): HolderProcess {
  const uses = [{ kind: 'cwd', path: text('/run/media/me/x'), mode: null }] as const;
  return { pid, startTime: toDecimal(pid * 10), name: `p${pid}`, uid: 1000, user: 'me', uses, moreUses: 0, ...facts };
}

function mount(processes: readonly HolderProcess[] = [], facts: Partial<HolderMount> = {}): HolderMount {
  const places = { mountPoint: text('/run/media/me/x'), root: text('/') };
  return { mountId: 30, ...places, fileSystemType: 'ext4', readOnly: false, namespace: null, inside: [], processes, ...facts };
}

function list(device: Partial<HolderDevice> = {}, facts: Partial<HolderList> = {}): HolderList {
  const nothing = { mounts: [], swaps: [], btrfsDevices: [], processes: [], devices: [] };
  const root: HolderDevice = { kind: 'loop', name: 'loop3', deviceNumber: '7:3', title: null, ...nothing, ...device };
  return { root, hiddenProcesses: 0, writers: [], hiddenWriters: 0, unreadableProcesses: 4, unexplained: 'unknown', ...facts };
}

function run(...events: readonly DetachEvent[]): DetachStep {
  return events.reduce<DetachStep>((step, event) => nextStep(step.state, event), { state: { kind: 'idle' }, effects: [] });
}

const start = { kind: 'start' } as const;
const fails = { kind: 'busy', error: busy } as const;
const looked = (holders: HolderList) => ({ kind: 'looked', holders }) as const;

describe('detaching', () => {
  test('unmounts, detaches and is done', () => {
    expect(run(start)).toEqual({ state: { kind: 'unmounting', waited: null, cancelled: false }, effects: ['try'] });
    expect(run(start, { kind: 'unmounted' }).state.kind).toBe('detaching');
    expect(run(start, { kind: 'unmounted' }, { kind: 'detached' })).toEqual({ state: { kind: 'detached' }, effects: [] });
    const failed = { kind: 'failed', error: { code: 'HELPER_LOST', message: 'm' } } as const;
    expect(run(start, failed).state).toEqual(failed);
  });

  test('looks who uses it when it is busy, and again until nobody does', () => {
    const used = list({ mounts: [mount([program(1)])] });
    expect(run(start, fails).effects).toEqual(['look']);
    expect(run(start, fails, looked(used))).toMatchObject({
      state: { kind: 'waiting', holders: used, because: busy },
      effects: ['look-later'],
    });
    expect(run(start, fails, looked(used), { kind: 'disturbed' }).effects).toEqual(['look']);
    const free = run(start, fails, looked(used), looked(list({ mounts: [mount()] })));
    expect([free.state.kind, free.effects]).toEqual(['unmounting', ['try']]);
  });

  test('does not try over and over what looks free, above all not where that unmounts', () => {
    const mounted = looked(list({ mounts: [mount()] }));
    const again = Array.from({ length: 10 }, () => mounted);
    const step = run(start, fails, mounted, fails, ...again);
    expect([step.state.kind, step.effects]).toEqual(['waiting', ['look-later']]);
    const bare = looked(list({}, { unexplained: 'no' }));
    expect(run(start, fails, bare, fails, bare, bare, bare, bare).effects).toEqual(['look-later']);
    expect(run(start, fails, bare, fails, bare, bare, bare, bare, bare).effects).toEqual(['try']);
  });

  test('keeps what it knows while it tries, and tries anew after somebody came and went', () => {
    const free = looked(list({ mounts: [mount()] }));
    const used = looked(list({ mounts: [mount([program(1)])] }));
    expect(run(start, fails, used, free, fails).state).toMatchObject({ kind: 'waiting', holders: free.holders });
    expect(run(start, fails, free, fails, used, free).effects).toEqual(['try']);
  });

  test('remembers which programs were asked, as long as they are there', () => {
    const asked = { kind: 'closing', program: { pid: 1, startTime: '10', state: 'asked' } } as const;
    const forceable = { kind: 'closing', program: { pid: 1, startTime: '10', state: 'forceable' } } as const;
    const used = looked(list({ processes: [program(1), program(2)] }));
    expect(run(start, fails, used, asked, forceable, used).state).toMatchObject({ closing: [forceable.program] });
    expect(run(start, fails, used, asked, looked(list({ processes: [program(2)] }))).state).toMatchObject({ closing: [] });
  });

  test('is left to the kernel, or cancelled; a try under way is let finish', () => {
    const leave = { kind: 'leave-to-kernel' } as const;
    expect(run(leave).effects).toEqual(['try-when-free']);
    expect(run(start, fails, leave).effects).toEqual(['try-when-free']);
    expect(run(start, fails, leave, { kind: 'deferred' }).state).toEqual({ kind: 'deferred' });
    const cancel = { kind: 'cancel' } as const;
    expect(run(start, fails, cancel).state).toEqual({ kind: 'cancelled' });
    expect(run(start, cancel).state.kind).toBe('unmounting');
    expect(run(start, cancel, fails).state).toEqual({ kind: 'cancelled' });
    expect(run(start, cancel, { kind: 'detached' }).state).toEqual({ kind: 'detached' });
  });

  test.each(['detached', 'deferred', 'cancelled', 'gone', 'failed'] as const)('has ended when %s, whatever comes', (kind) => {
    const state = (kind === 'failed' ? { kind, error: busy } : { kind }) as DetachState;
    for (const event of [start, fails, looked(list()), { kind: 'cancel' }, { kind: 'gone' }] as const) {
      expect(nextStep(state, event)).toEqual({ state, effects: [] });
    }
  });
});

describe('a list', () => {
  test('is free when only our own mounts are left', () => {
    const partition = (device: Partial<HolderDevice>): HolderDevice => ({ ...list(device).root, kind: 'partition', name: 'loop3p1' });
    expect(isFree(list({ mounts: [mount()], devices: [partition({ mounts: [mount()] })] }))).toBe(true);
    const used: readonly HolderList[] = [
      list({ mounts: [mount([program(1)])] }),
      list({ processes: [program(1)] }),
      list({ mounts: [mount([], { mountPoint: text('/mnt') })] }),
      list({ mounts: [mount([], { namespace: { inode: toDecimal(1), programs: [], processCount: 0 } })] }),
      list({ mounts: [mount([], { inside: [text('/run/media/me/x/in')] })] }),
      list({ swaps: [text('/dev/loop3')] }),
      list({ devices: [{ ...list().root, kind: 'luks', name: 'dm-0' }] }),
      list({ devices: [partition({ processes: [program(1)] })] }),
      list({}, { hiddenProcesses: 1 }),
      list({}, { unexplained: 'yes' }),
    ];
    expect(used.map(isFree)).toEqual(used.map(() => false));
  });

  test('names a process once with all its uses, and differs when its users do', () => {
    const both = list({ mounts: [mount([program(1)])], processes: [program(1), program(2)] });
    expect(processesOf(both).map(({ pid, uses }) => [pid, uses.length])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect(signatureOf(list({ mounts: [mount()] }))).toBe(signatureOf(list({ mounts: [mount([], { mountId: 31 })] })));
    expect(signatureOf(both)).not.toBe(signatureOf(list({ mounts: [mount([program(1)])] })));
  });

  test('keeps the names that were told once, of those that still run', () => {
    const named = list({ mounts: [mount([program(1), program(7, { uid: 0, user: 'root' }), program(8, { uid: 0 })])] });
    const counted = list({ mounts: [mount([program(1)])] }, { hiddenProcesses: 2 });
    const merged = mergeNamed(counted, named, ({ pid }) => pid !== 8);
    expect([processesOf(merged).map(({ pid }) => pid), merged.hiddenProcesses]).toEqual([[1, 7], 1]);
    expect(mergeNamed(list(), named, () => true)).toEqual(list());
  });
});
