import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { UndoOffer } from '../../../electron/ipc/state.ts';
import { optionsOf, UndoOffers, type Detached } from '../../../electron/undo-offers.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice } from './samples.ts';

const detached: Detached = {
  number: 3,
  path: Buffer.from('/images/a.img'),
  options: optionsOf(sampleDevice()),
  file: { device: 1n, inode: 2n, bornNs: 3n },
  mounts: [],
  detachWhenUnmounted: false,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('an offer to take a detach back', () => {
  test('holds for ten seconds and is then gone by itself', () => {
    const published: (readonly UndoOffer[])[] = [];
    const offers = new UndoOffers((list) => published.push(list));
    const id = offers.add(detached);
    expect(published.at(-1)).toEqual([{ id, fileName: 'a.img', until: Date.now() + 10_000 }]);
    vi.advanceTimersByTime(9999);
    expect(published).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(published.at(-1)).toEqual([]);
    expect(() => offers.take(id)).toThrow('no longer');
  });

  test('can be taken once', () => {
    const published: (readonly UndoOffer[])[] = [];
    const offers = new UndoOffers((list) => published.push(list));
    const id = offers.add(detached);
    expect(offers.take(id)).toBe(detached);
    expect(published.at(-1)).toEqual([]);
    expect(() => offers.take(id)).toThrow('no longer');
    expect(() => offers.take(99)).toThrow('no longer');
  });

  test('remembers how the device was attached, but not the tag of Platter and not its autoclear', () => {
    const device = sampleDevice({
      readOnly: true,
      autoclear: true,
      partitionScan: true,
      directIo: true,
      offsetBytes: toDecimal(512),
      sizeLimitBytes: toDecimal(4096),
      logicalBlockSizeBytes: 1024,
      reference: { text: 'my reference', base64: null },
    });
    expect(optionsOf(device)).toEqual({
      readOnly: true,
      offsetBytes: '512',
      sizeLimitBytes: '4096',
      logicalBlockSizeBytes: 1024,
      partitionScan: true,
      autoclear: false,
      directIo: true,
      reference: 'my reference',
      whenAttached: 'reuse',
    });
    for (const reference of [null, { text: '', base64: null }, { text: 'platter:1000:ab', base64: null }, { text: 'x', base64: 'eA==' }]) {
      expect(optionsOf(sampleDevice({ reference })).reference).toBeNull();
    }
  });
});
