/** A new image with the same files, where it cannot be made: nothing is left of it. Where it can is test/vm/guest/rebuild.test.ts. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { planNewImage } from '../../../electron/resize/rebuild.ts';
import { hasFileSystem } from '../mounting/mount-fixture.ts';
import { digest, makeImage, MIB, type ImageWish } from './image-maker.ts';
import { useResizing } from './resizing.ts';

const resizing = useResizing();

async function rebuild(path: string): Promise<void> {
  const place = { folder: Buffer.from(dirname(path)), name: Buffer.from('new.img') };
  const source = { path: Buffer.from(path), device: (await resizing.subject(path)).device, facts: await resizing.facts(path) };
  const plan = await planNewImage(resizing.session, source, { kind: 'by', bytes: String(64 * MIB) }, place);
  await plan.run(new AbortController().signal, () => undefined);
}

test.skipIf(hasFileSystem('vfat'))('a kernel without the driver says so (this one has it)', async () => {
  const wish: ImageWish = { table: 'gpt', type: 'vfat', layout: 'only', mebibytes: 48 };
  const { path } = makeImage(wish);
  const before = { digest: digest(path), names: readdirSync(dirname(path)) };
  await expect(rebuild(path)).rejects.toMatchObject({ code: 'FILE_SYSTEM_UNSUPPORTED' });
  expect({ digest: digest(path), names: readdirSync(dirname(path)) }).toEqual(before);
  expect(execFileSync('losetup', ['-j', path], { encoding: 'utf8' })).toBe('');
});

test('what can be resized in place is not made anew', async () => {
  const { path } = makeImage({ table: 'gpt', type: 'ext4', layout: 'only', mebibytes: 48 });
  await expect(rebuild(path)).rejects.toMatchObject({ data: { code: 'RESIZE_REFUSED', refusal: { reason: 'in-place' } } });
});
