import { describe, expect, test } from 'vitest';
import type { MethodName } from '../../../native-helper/protocol/methods.ts';
import { codeOf, OperationsFixture, targetOf, useOperations } from './operations-fixture.ts';
import { detachDevice, waitFor } from '../loop-fixture.ts';

const MIB = 1024 * 1024;

describe('without root', () => {
  const view = useOperations({ mode: 'view', uid: 1000 });
  const { loop, changes } = view;

  test('the list says the same but for what only root may know', async () => {
    const { number } = await loop.attach(loop.makeImage('seen.img', MIB), {
      offsetBytes: 4096n,
      sizeLimitBytes: 65_536n,
      logicalBlockSizeBytes: 4096,
      flags: 8,
      readOnly: true,
      reference: 'hidden',
    });
    const root = new OperationsFixture();
    root.start();
    try {
      const full = await root.find(number);
      expect(full?.reference?.text).toBe('hidden');
      expect(await view.find(number)).toEqual({ ...full, identity: null, reference: null, ownership: 'unknown' });
    } finally {
      await root.stop();
      root.loop.deleteFolder();
    }
  });

  test('changes are told', async () => {
    await view.call('devices/watch', { safetyRead: false });
    const device = await loop.attach(loop.makeImage('told.img', MIB));
    await waitFor('the attach', () => changes.some(({ changed }) => changed.some(({ diskseq }) => diskseq === String(device.diskseq))));
    await detachDevice(device);
    await waitFor('the detach', () => changes.some(({ removed }) => removed.includes(device.number)));
    expect(await view.find(device.number)).toBeUndefined();
  });

  test('what no event announces is in the next list', async () => {
    const { number } = await loop.attach(loop.makeImage('silent.img', MIB));
    const before = await view.find(number);
    expect(await view.find(number)).toEqual(before);
    const root = new OperationsFixture();
    root.start();
    try {
      const device = await root.find(number);
      if (device === undefined) throw new Error('not listed');
      await root.call('devices/set', { ...targetOf(device), changes: { logicalBlockSizeBytes: 4096 } });
    } finally {
      await root.stop();
      root.loop.deleteFolder();
    }
    expect(await view.find(number)).toEqual({ ...before, logicalBlockSizeBytes: 4096 });
  });

  test('every action says that root is needed', async () => {
    const target = { device: 0, diskseq: '1' };
    const attempts: readonly (readonly [Exclude<MethodName, `session/${string}` | `mounts/${string}` | `holders/${string}`>, object])[] = [
      ['devices/detach', { ...target, whenFree: false }],
      ['devices/cancel-detach', target],
      ['devices/set', { ...target, changes: {} }],
      ['devices/set-capacity', target],
      ['devices/rescan', target],
      ['devices/set-partition', { ...target, action: 'delete', partition: 1 }],
      ['devices/change-backing-file', target],
      ['devices/kernel-view', target],
      ['nodes/add', { device: null }],
      ['nodes/remove', { device: 0 }],
      ['nodes/find-free', {}],
    ];
    for (const [name, params] of attempts) expect(await codeOf(view.call(name as 'nodes/find-free', params))).toBe('ROOT_REQUIRED');
  });
});

describe('for an ordinary user, as root', () => {
  const user = useOperations({ uid: 54_321 });
  const { loop } = user;

  test('own devices are known in full, those of others as sysfs has them', async () => {
    const own = await user.attach(loop.makeImage('own.img', MIB), { reference: 'mine' });
    const { number } = await loop.attach(loop.makeImage('foreign.img', MIB), { reference: 'theirs' });
    expect(own.device).toMatchObject({ ownership: 'own', reference: { text: 'mine' }, attachment: { uid: 54_321 } });
    expect(own.device.attachment?.at).toBeGreaterThan(Date.now() - 60_000);
    expect(await user.find(number)).toMatchObject({ ownership: 'unknown', reference: null, identity: null, attachment: null });
    expect(await user.find(own.device.number)).toEqual(own.device);
  });

  test('the tag carries the user', async () => {
    const { device } = await user.attach(loop.makeImage('tag.img', MIB));
    expect(device.reference?.text).toMatch(/^platter:54321:/u);
  });

  test('the record goes with the device, whoever detaches it', async () => {
    const { device } = await user.attach(loop.makeImage('record.img', MIB));
    const diskseq = BigInt(device.diskseq);
    expect(user.records.ownershipOf(device.number, diskseq)).toBe('own');
    await detachDevice({ number: device.number, diskseq });
    await waitFor('the record to go', () => user.records.ownershipOf(device.number, diskseq) === 'unknown');
    expect(await user.find(device.number)).toBeUndefined();
  });

  test('a refused attach leaves no record behind', async () => {
    const path = loop.makeImage('twice.img', MIB);
    await user.attach(path);
    expect(await codeOf(user.attach(path))).toBe('IMAGE_OVERLAPS');
    expect(loop.census()).toHaveLength(1);
  });
});
