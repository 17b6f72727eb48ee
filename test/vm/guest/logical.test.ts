/** A logical partition that grows while it is mounted: a kernel that reads tables itself has its extended one as a partition of two sectors. */
import { statSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { attach, detachAll } from '../../kernel/resize/attached.ts';
import { expectWhole, makeImage, MIB, placeBytes } from '../../kernel/resize/image-maker.ts';
import { useResizing } from '../../kernel/resize/resizing.ts';

const resizing = useResizing();
afterEach(async () => detachAll(resizing));

test('table, extended partition, kernel and file system take the new size, and it stays mounted', async () => {
  const image = makeImage({ table: 'logical', type: 'ext4', layout: 'behind', mebibytes: 48 });
  const { number, partitions } = await attach(resizing, image, true);
  expect(partitions.map((one) => [one.number, Number(one.sizeBytes) < MIB])).toEqual([
    [1, true],
    [5, false],
    [6, false],
  ]);
  const before = { size: statSync(image.path).size, place: placeBytes(image) };
  await resizing.run(image.path, { kind: 'by', bytes: String(64 * MIB) });
  const { device } = await resizing.subject(image.path);
  expect(device?.number).toBe(number);
  const grown = device?.partitions.find((one) => one.number === 6);
  expect([grown?.mounts.length, grown?.sizeBytes]).toEqual([1, String(placeBytes(image))]);
  await detachAll(resizing);
  // The last mebibyte of the image was nobody's before.
  expect([statSync(image.path).size, placeBytes(image)]).toEqual([before.size + 64 * MIB, before.place + 65 * MIB]);
  expectWhole(image, placeBytes(image));
});
