import { describe, expect, test } from 'vitest';
import { checkImage, openFlags, type DescriptorFacts } from '../../../native-helper/operations/image-check.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';

const plain: DescriptorFacts = {
  statusFlags: openFlags.readWrite | openFlags.largeFile,
  type: 'regular',
  device: 64_768n,
  inode: 42n,
  rdevice: 0n,
  sizeBytes: 1_048_576n,
  linkCount: 1n,
  fileSystemMagic: 0xef53n,
  seals: null,
};

function outcome(facts: Partial<DescriptorFacts>): string {
  try {
    return checkImage({ ...plain, ...facts }).readOnlyReason ?? 'writable';
  } catch (error) {
    if (error instanceof HelperError) return error.code;
    throw error;
  }
}

describe('descriptors', () => {
  test.each([
    ['an ordinary file', {}, 'writable'],
    ['a file open for reading', { statusFlags: openFlags.readOnly }, 'descriptor'],
    ['a block device', { type: 'block', rdevice: 1792n }, 'writable'],
    ['a file without a name', { linkCount: 0n }, 'writable'],
    [
      'harmless flags',
      {
        statusFlags:
          openFlags.readWrite | openFlags.nonBlock | openFlags.sync | openFlags.dataSync | openFlags.noFollow | openFlags.noAccessTime,
      },
      'writable',
    ],
    ['a file sealed against writing', { seals: 0x8 }, 'sealed'],
    ['a file sealed against future writing', { seals: 0x10 }, 'sealed'],
    ['a file sealed against growing', { seals: 0x4 }, 'writable'],
    ['a sealed file open for reading', { seals: 0x8, statusFlags: openFlags.readOnly }, 'descriptor'],
    ['512 bytes', { sizeBytes: 512n }, 'writable'],
  ] as const)('%s is accepted', (_, facts, expected) => {
    expect(outcome(facts)).toBe(expected);
  });

  test.each([
    ['open for writing only', { statusFlags: openFlags.writeOnly }, 'IMAGE_WRITE_ONLY'],
    ['without an access mode', { statusFlags: 3 }, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['O_APPEND', { statusFlags: openFlags.readWrite | openFlags.append }, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['O_ASYNC', { statusFlags: openFlags.readWrite | openFlags.async }, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['O_DIRECT', { statusFlags: openFlags.readWrite | openFlags.direct }, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['O_PATH', { statusFlags: openFlags.path }, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['O_DIRECTORY', { statusFlags: openFlags.directory }, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['a flag nobody knows', { statusFlags: openFlags.readWrite | 0o2000_0000 }, 'IMAGE_DESCRIPTOR_REFUSED'],
    ['a directory', { type: 'other', statusFlags: openFlags.directory }, 'IMAGE_NOT_REGULAR'],
    ['a socket', { type: 'other' }, 'IMAGE_NOT_REGULAR'],
    ['a file of proc', { fileSystemMagic: 0x9fa0n, sizeBytes: 0n }, 'IMAGE_PSEUDO_FILE'],
    ['a file of a file system whose number has a sign', { fileSystemMagic: 0xffff_ffff_cafe_4a11n }, 'IMAGE_PSEUDO_FILE'],
    ['an empty file', { sizeBytes: 0n }, 'IMAGE_TOO_SMALL'],
    ['511 bytes', { sizeBytes: 511n }, 'IMAGE_TOO_SMALL'],
  ] as const)('%s is refused', (_, facts, expected) => {
    expect(outcome(facts)).toBe(expected);
  });

  test('what is known of the file goes on', () => {
    expect(checkImage({ ...plain, linkCount: 0n })).toEqual({
      fileSystemMagic: plain.fileSystemMagic,
      type: 'regular',
      device: 64_768n,
      inode: 42n,
      rdevice: 0n,
      sizeBytes: 1_048_576n,
      isDeleted: true,
      readOnlyReason: null,
    });
  });
});
