import { describe, expect, test } from 'vitest';
import { decideAuthorization, type Decision, type DecisionFacts } from '../../../native-helper/authorization/decision.ts';
import { helperMethods, type MethodName } from '../../../native-helper/protocol/methods.ts';

const user = 1000;
const own: DecisionFacts = { uid: user, device: 'own', mount: 'own', isUncommon: false, descriptor: 'none', othersToTell: null };

/** A short form: the action asked for, or the kind. */
function toShort(decision: Decision): string {
  return decision.kind === 'ask' ? decision.action : decision.kind;
}

function decide(method: MethodName, facts: Partial<DecisionFacts> = {}): string {
  return toShort(decideAuthorization(helperMethods[method].authorization, { ...own, ...facts }));
}

/** DESIGN.md §3: method, for one's own device, for one of somebody else. */
const table: readonly (readonly [method: MethodName, own: string, others: string])[] = [
  ['session/hello', 'granted', 'granted'],
  ['session/features', 'granted', 'granted'],
  ['session/shutdown', 'granted', 'granted'],
  ['session/cancel', 'granted', 'granted'],
  ['devices/list', 'granted', 'granted'],
  ['devices/watch', 'granted', 'granted'],
  ['devices/attach', 'loop-setup', 'loop-setup-special'],
  ['devices/attach-legacy', 'loop-setup', 'loop-setup-special'],
  ['devices/detach', 'granted', 'loop-delete-others'],
  ['devices/cancel-detach', 'granted', 'loop-modify-others'],
  ['devices/set', 'granted', 'loop-modify-others'],
  ['devices/set-capacity', 'granted', 'loop-modify-others'],
  ['devices/rescan', 'granted', 'loop-modify-others'],
  ['devices/set-partition', 'granted', 'loop-modify-others'],
  ['devices/change-backing-file', 'loop-setup', 'refused'],
  ['devices/kernel-view', 'granted', 'loop-modify-others'],
  ['devices/trim', 'granted', 'loop-modify-others'],
  ['mounts/mount', 'filesystem-mount', 'filesystem-mount-others'],
  ['mounts/unmount', 'granted', 'filesystem-unmount-others'],
  ['mounts/grow', 'granted', 'loop-modify-others'],
  ['mounts/shrink', 'granted', 'loop-modify-others'],
  ['holders/list', 'granted', 'loop-modify-others'],
  ['holders/close', 'holders-close-others', 'refused'],
  ['nodes/add', 'loop-nodes', 'loop-nodes'],
  ['nodes/remove', 'loop-nodes', 'loop-nodes'],
  ['nodes/find-free', 'loop-nodes', 'loop-nodes'],
];

describe('the method table', () => {
  test('has every method, and the questions of the design', () => {
    const others = { device: 'other-user', mount: 'other-user' } as const;
    const actual = Object.keys(helperMethods).map((name) => {
      const method = name as MethodName;
      return [method, [decide(method), decide(method, others)]];
    });
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(table.map(([method, ...said]) => [method, said])));
  });

  test('asks before programs of others are named, and nothing about what anybody can find', () => {
    const said = (['leave-out', 'count', 'name'] as const).flatMap((othersToTell) =>
      (['own', 'other-user'] as const).map((device) => decide('holders/list', { device, othersToTell })),
    );
    expect(said).toEqual(['granted', 'granted', 'granted', 'loop-modify-others', 'loop-modify-others', 'loop-modify-others']);
    expect(decide('holders/list', { uid: 0, othersToTell: 'name' })).toBe('granted');
  });

  test('treats a device nobody knows like one of somebody else', () => {
    for (const [method, , others] of table) {
      expect([method, decide(method, { device: 'unknown', mount: 'unknown' })]).toEqual([method, others]);
    }
  });

  test('asks nothing of root', () => {
    for (const [method] of table) {
      expect([method, decide(method, { uid: 0, device: 'unknown', mount: 'unknown', descriptor: 'block' })]).toEqual([method, 'granted']);
    }
  });
});

test('a block device as image needs an administrator for every method that takes one', () => {
  expect(decide('devices/attach', { descriptor: 'block' })).toBe('loop-setup-special');
  expect(decide('devices/attach-legacy', { descriptor: 'block' })).toBe('loop-setup-special');
  expect(decide('devices/change-backing-file', { descriptor: 'block' })).toBe('loop-setup-special');
  expect(decide('devices/attach', { descriptor: 'regular' })).toBe('loop-setup');
});

test('an uncommon type of file system has its own question on an own device', () => {
  expect(decide('mounts/mount', { isUncommon: true })).toBe('filesystem-mount-uncommon');
  expect(decide('mounts/mount', { isUncommon: true, device: 'other-user' })).toBe('filesystem-mount-others');
});

test('unmounting looks at the mount alone, growing and trimming at mount and device', () => {
  expect(decide('mounts/unmount', { device: 'other-user' })).toBe('granted');
  for (const method of ['mounts/grow', 'mounts/shrink', 'devices/trim'] as const) {
    expect(decide(method, { device: 'other-user' })).toBe('loop-modify-others');
    expect(decide(method, { mount: 'other-user' })).toBe('loop-modify-others');
  }
});
