/** Detaching from the window, and taking it back. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DetachOutcome } from '../../../electron/ipc/methods.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { attach, call, device, failure, folder, makeImage, MIB, ownDevices, state, until, useApp } from './app-fixture.ts';

useApp();

async function detach(number: number): Promise<DetachOutcome> {
  const { diskseq } = await device(number);
  return call('devices/detach', { device: number, diskseq, whenFree: false });
}

describe('detaching', () => {
  test('can be taken back with everything as it was', async () => {
    const path = makeImage();
    const outcome = await attach(path, {
      readOnly: true,
      offsetBytes: toDecimal(512),
      sizeLimitBytes: toDecimal(65_536),
      reference: 'mine',
      logicalBlockSizeBytes: 512,
    });
    const before = await device(outcome.device);
    const { state: detached, undoId } = await detach(outcome.device);
    expect([detached, ownDevices()]).toEqual(['detached', []]);
    expect((await state()).undoOffers).toMatchObject([{ id: undoId, fileName: path.slice(folder.length + 1) }]);
    const again = await call('devices/undo-detach', { undo: undoId ?? 0 });
    const after = await device(again.device);
    const { number, diskseq, attachment } = before;
    expect({ ...after, number, diskseq, attachment }).toEqual({ ...before, attachment });
    expect((await state()).undoOffers).toEqual([]);
    expect((await failure('devices/undo-detach', { undo: undoId ?? 0 })).code).toBe('UNDO_GONE');
  });

  test('can be taken back on another device when the old one was taken', async () => {
    const path = makeImage();
    const { device: number } = await attach(path);
    const { undoId } = await detach(number);
    // Where it fails, somebody else on this machine was quicker: the device is taken all the same.
    spawnSync('losetup', [`/dev/loop${number}`, makeImage()]);
    const again = await call('devices/undo-detach', { undo: undoId ?? 0 });
    expect(again.device).not.toBe(number);
    expect((await device(again.device)).backingFile?.text).toBe(path);
  });

  test('is not taken back with another file of the same name', async () => {
    const path = makeImage();
    const { device: number } = await attach(path);
    const { undoId } = await detach(number);
    renameSync(makeImage(), path);
    expect((await failure('devices/undo-detach', { undo: undoId ?? 0 })).code).toBe('FILE_REPLACED');
    expect(ownDevices()).toEqual([]);
  });

  test('follows a file that was renamed and offers nothing to take back for one that has no name any more', async () => {
    const renamed = makeImage();
    const { device: first } = await attach(renamed);
    renameSync(renamed, `${renamed}.moved`);
    const { undoId } = await detach(first);
    expect(await call('devices/undo-detach', { undo: undoId ?? 0 })).toMatchObject({ outcome: 'attached' });
    const removed = makeImage();
    const { device: second } = await attach(removed);
    rmSync(removed);
    expect(await detach(second)).toEqual({ state: 'detached', undoId: null });
  });

  test('of a device that is held is refused, or waits when told to, and the waiting can be taken back', async () => {
    const { device: number } = await attach(makeImage());
    const held = openSync(`/dev/loop${number}`, 'r');
    try {
      const { diskseq } = await device(number);
      expect((await failure('devices/detach', { device: number, diskseq, whenFree: false })).code).toBe('DEVICE_BUSY');
      expect(await call('devices/detach', { device: number, diskseq, whenFree: true })).toEqual({ state: 'deferred', undoId: null });
      await until(async () => (await device(number)).autoclear);
      expect(await call('devices/cancel-detach', { device: number, diskseq })).toBeNull();
      await until(async () => !(await device(number)).autoclear);
    } finally {
      closeSync(held);
    }
    expect(ownDevices()).toEqual([`loop${number}`]);
  });
});

describe('a device that was attached anew since the window looked', () => {
  test('is neither detached nor changed nor grown', async () => {
    const path = makeImage();
    const old = await device((await attach(path)).device);
    execFileSync('losetup', ['-d', `/dev/loop${old.number}`]);
    await until(() => ownDevices().length === 0);
    execFileSync('losetup', [`/dev/loop${old.number}`, makeImage()]);
    const target = { device: old.number, diskseq: old.diskseq };
    expect((await failure('devices/set', { ...target, changes: { autoclear: true } })).code).toBe('STALE_DEVICE');
    await until(async () => (await state()).devices.some((one) => one.number === old.number && one.diskseq !== old.diskseq));
    expect((await failure('devices/detach', { ...target, whenFree: false })).code).toBe('STALE_DEVICE');
    expect((await failure('resize/facts', { subject: target })).code).toBe('STALE_DEVICE');
    expect([ownDevices(), statSync(path).size]).toEqual([[`loop${old.number}`], MIB]);
  });
});
