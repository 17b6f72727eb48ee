/** What the release of a kernel tells of its loop driver. */
import { expect, test } from 'vitest';
import { detectFeatures, isReleaseAtLeast, largestLogicalBlockSizeBytes } from '../../../native-helper/linux/features.ts';

test.each([
  ['6.18.44-fc', 6, 15, true],
  ['6.1.0-49-amd64', 6, 15, false],
  ['6.15', 6, 15, true],
  ['7.0.0', 6, 15, true],
  ['5.19.0', 6, 1, false],
  ['rubbish', 0, 1, false],
])('%s is at least %s.%s: %s', (release, major, minor, expected) => {
  expect(isReleaseAtLeast(release, major, minor)).toBe(expected);
});

test.each([
  ['6.14.9', 4096, true, 4096],
  ['6.15.0', 4096, true, 65_536],
  ['6.15.0', 4096, false, 4096],
  ['6.1.0', 65_536, true, 65_536],
])('on %s with pages of %s bytes and huge pages %s, the largest block is %s', (release, page, hugePages, expected) => {
  expect(largestLogicalBlockSizeBytes(release, page, hugePages)).toBe(expected);
});

test('this kernel can be asked, with the rights of root and without', () => {
  expect(detectFeatures()).toMatchObject({ loopConfigure: true, directIo: true });
});
