/** The library of the real application: what is attached is remembered, and its file is left alone while it is. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import { attach, call, device, failure, idOf, makeImage, MIB, state, useApp } from './app-fixture.ts';
import { run } from '../maintenance/maintenance-fixture.ts';

useApp();

async function find(path: string): Promise<LibraryImage> {
  let found: LibraryImage | undefined;
  await expect
    .poll(async () => {
      const { changed } = await call('library/list', { since: 0 });
      found = changed.find((image) => `${image.folder}/${image.name}` === path);
      return found?.sizeBytes;
    })
    .toBeDefined();
  if (found === undefined) throw new Error('the image is not in the library');
  return found;
}

test('remembers what was attached, and refuses to change it until it is detached', async () => {
  const path = makeImage(8 * MIB);
  run('mke2fs', '-q', '-t', 'ext4', '-L', 'kept', path);
  const { device: number } = await attach(path);
  const { diskseq } = await device(number);
  const image = await find(path);
  expect(image).toMatchObject({ state: 'present', inFolder: false });
  for (const refused of [
    await failure('library/rename', { image: image.id, name: 'other.img' }),
    await failure('library/trash', { image: image.id }),
    await failure('images/sparsify', { image: image.id }),
    await failure('images/check', { image: image.id, partition: null, mode: 'check' }),
    await failure('images/relabel', { image: image.id, partition: null, label: 'x', uuid: null }),
  ]) {
    expect(refused).toMatchObject({ code: 'IMAGE_ATTACHED', detail: { device: number } });
  }
  await call('devices/detach', { device: number, diskseq, whenFree: false });
  await expect.poll(async () => (await state()).devices.some((one) => one.number === number)).toBe(false);
  expect(await call('images/check', { image: image.id, partition: null, mode: 'check' })).toMatchObject({ outcome: 'clean' });
  expect(await call('images/relabel', { image: image.id, partition: null, label: 'new', uuid: null })).toMatchObject({ label: 'new' });
  const renamed = await call('library/rename', { image: image.id, name: 'renamed.img' });
  expect(renamed).toMatchObject({ name: 'renamed.img' });
  expect(existsSync(join(dirname(path), 'renamed.img'))).toBe(true);
  await call('library/look', { images: [renamed.id] });
  await expect.poll(async () => (await find(join(dirname(path), 'renamed.img'))).content).toMatchObject({ type: 'ext4', label: 'new' });
});

test('is checked read-only beside a device that only reads', async () => {
  const path = makeImage(8 * MIB);
  run('mke2fs', '-q', '-t', 'ext4', path);
  await attach(path, { readOnly: true });
  const image = idOf(path);
  expect(await call('images/check', { image, partition: null, mode: 'check' })).toMatchObject({ outcome: 'clean' });
  expect(await failure('images/check', { image, partition: null, mode: 'repair' })).toMatchObject({ code: 'IMAGE_ATTACHED' });
});

test('stays verified when its zeroes are given back, and not when it is written to', async () => {
  const path = makeImage(0);
  writeFileSync(path, Buffer.alloc(4 * MIB));
  const image = idOf(path);
  const { sums } = await call('images/verify', { image, algorithms: ['sha256'], expected: null, beside: true });
  expect(sums.sha256).toBe(run('sha256sum', path).split(' ')[0]);
  await call('images/sparsify', { image });
  await expect.poll(async () => (await find(path)).allocatedBytes).toBe('0');
  expect((await find(path)).verified).toMatchObject({ outcome: 'computed', current: true });
  writeFileSync(path, 'x', { flag: 'r+' });
  expect(readFileSync(path)[0]).toBe(0x78);
  await expect.poll(async () => (await find(path)).verified?.current).toBe(false);
});
