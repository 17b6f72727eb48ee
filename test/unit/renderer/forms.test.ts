/** What fields and sliders of dialogs amount to. */
import { describe, expect, test } from 'vitest';
import type { ImageDescription } from '../../../electron/ipc/images.ts';
import { checkAttachForm, firstForm } from '../../../renderer/features/attach/attach-form.ts';
import { sliderRange } from '../../../renderer/features/resize/slider-range.ts';
import { GIB } from '../../fakes/sample-devices.ts';

const settings = {
  attachReadOnly: false,
  partitionScan: true,
  showSystemDevices: false,
  colourScheme: 'system',
  mountFileSystems: true,
  openFolder: true,
} as const;
const image: ImageDescription = {
  id: '0'.repeat(32),
  name: 'a.img',
  folder: '/',
  sizeBytes: (4n * GIB).toString(),
  allocatedBytes: '0',
  isBlockDevice: false,
  access: 'read-write',
  attachedAs: [],
  freeBytes: '0',
};

describe('the attach form', () => {
  const form = firstForm(settings);

  test('begins with the preferences, and read-only where there are none', () => {
    expect(checkAttachForm(form, image).options).toMatchObject({
      readOnly: false,
      partitionScan: true,
      whenAttached: 'reuse',
      reference: null,
    });
    expect(firstForm(undefined).readOnly).toBe(true);
  });

  test.each([
    ['offset at the end', { offset: { text: '4', unit: 'GiB' } }, 'offset'],
    ['offset off the sector', { offset: { text: '513', unit: 'B' }, sectorSize: '512' }, 'offset'],
    ['limit beyond the end', { offset: { text: '1', unit: 'GiB' }, sizeLimit: { text: '3.5', unit: 'GiB' } }, 'sizeLimit'],
    ['limit off the sector', { sizeLimit: { text: '1000', unit: 'B' }, sectorSize: '4096' }, 'sizeLimit'],
    ['no number', { sizeLimit: { text: 'x', unit: 'B' } }, 'sizeLimit'],
    ['reference of 64 bytes', { reference: 'é'.repeat(32) }, 'reference'],
  ] as const)('refuses %s', (_name, part, field) => {
    const checked = checkAttachForm({ ...form, ...part }, image);
    expect(checked.options).toBeNull();
    expect(checked.errors[field]).toBeDefined();
  });

  test('takes any byte as offset while the kernel chooses the sector size', () => {
    expect(checkAttachForm({ ...form, offset: { text: '513', unit: 'B' } }, image).options?.offsetBytes).toBe('513');
  });

  test('refuses files that cannot be read or are too small', () => {
    expect(checkAttachForm(form, { ...image, access: 'none' }).options).toBeNull();
    expect(checkAttachForm(form, { ...image, sizeBytes: '100' }).options).toBeNull();
    expect(checkAttachForm(form, { ...image, sizeBytes: '0' }).options).toBeNull();
  });
});

describe('the slider of sizes', () => {
  const bounds = { smallestBytes: 2n * GIB, presentBytes: 8n * GIB, largestBytes: 100n * GIB, valueBytes: 8n * GIB };

  test('goes from the smallest size to four times the present one, less where the disk is fuller, further where more was typed', () => {
    expect(sliderRange(bounds)).toMatchObject({ firstBytes: 2n * GIB, lastBytes: 32n * GIB });
    expect(sliderRange({ ...bounds, largestBytes: 12n * GIB }).lastBytes).toBe(12n * GIB);
    expect(sliderRange({ ...bounds, valueBytes: 64n * GIB }).lastBytes).toBe(64n * GIB);
    expect(sliderRange({ ...bounds, valueBytes: GIB }).firstBytes).toBe(GIB);
  });

  test('ends exactly at its ends, and counts whole units between', () => {
    const range = sliderRange(bounds);
    expect([range.toBytes(0), range.toBytes(range.steps)]).toEqual([2n * GIB, 32n * GIB]);
    expect(range.toBytes(333) % (1n << 20n)).toBe(0n);
    expect(range.toSteps(range.toBytes(500))).toBe(500);
  });

  test('stands still where there is no room', () => {
    const still = { smallestBytes: GIB, presentBytes: GIB, largestBytes: GIB, valueBytes: GIB };
    expect(sliderRange(still).toSteps(GIB)).toBe(0);
  });
});
