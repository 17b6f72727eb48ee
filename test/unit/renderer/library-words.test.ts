/** What the library says of an image in a line. */
import { expect, test } from 'vitest';
import { sizeText } from '../../../renderer/text/library-words.ts';

test.each([
  ['41', '4096', '41 B'],
  ['1048576', '1048576', '1 MiB'],
  ['1048576', '0', '0 B of 1 MiB'],
  // Reserved beyond its end, which is worth to know.
  ['1048576', '1073741824', '1 GiB of 1 MiB'],
])('a file of %s bytes that takes %s is %s', (sizeBytes, allocatedBytes, expected) => {
  expect(sizeText({ sizeBytes, allocatedBytes })).toBe(expected);
});
