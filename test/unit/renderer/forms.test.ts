/** What fields and sliders of dialogs amount to. */
import { describe, expect, test } from 'vitest';
import type { ImageDescription } from '../../../electron/ipc/images.ts';
import { checkAttachForm, firstForm } from '../../../renderer/features/attach/attach-form.ts';
import { checkGrowth, sliderRange } from '../../../renderer/features/grow/growth.ts';
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

describe('growing', () => {
  const question = { presentBytes: 8n * GIB, wantedBytes: 12n * GIB, freeBytes: 100n * GIB, offsetBytes: 0n, fileBytes: 8n * GIB };

  test('needs a larger size that a file can have', () => {
    expect(checkGrowth(question)).toEqual({});
    expect(checkGrowth({ ...question, wantedBytes: 8n * GIB }).error).toContain('8 GiB');
    expect(checkGrowth({ ...question, wantedBytes: null }).error).toBeDefined();
    expect(checkGrowth({ ...question, wantedBytes: 2n ** 63n - 512n, offsetBytes: 512n }).error).toBeDefined();
  });

  test('beyond the free space is refused', () => {
    expect(checkGrowth({ ...question, freeBytes: GIB }).error).toContain('Only 1 GiB is free');
    expect(checkGrowth({ ...question, freeBytes: 4n * GIB })).toEqual({});
  });

  test('takes no free space for what the file has already', () => {
    expect(checkGrowth({ ...question, freeBytes: 0n, fileBytes: 12n * GIB })).toEqual({});
    expect(checkGrowth({ ...question, freeBytes: 4n * GIB, offsetBytes: GIB, fileBytes: 9n * GIB })).toEqual({});
  });

  test('slides from the present size to four times of it, less where the disk is fuller, further where more was typed', () => {
    expect(sliderRange(8n * GIB, 100n * GIB, 12n * GIB).largestBytes).toBe(32n * GIB);
    expect(sliderRange(8n * GIB, 4n * GIB, 9n * GIB).largestBytes).toBe(12n * GIB);
    const wide = sliderRange(8n * GIB, 4n * GIB, 64n * GIB);
    expect(wide.toSteps(64n * GIB)).toBe(wide.steps);
    expect(wide.toBytes(wide.steps)).toBe(64n * GIB);
    expect(wide.toBytes(0)).toBe(8n * GIB);
  });

  test('has a slider that stands still where there is no room', () => {
    expect(sliderRange(8n * GIB, 0n, 8n * GIB).toSteps(8n * GIB)).toBe(0);
  });
});
