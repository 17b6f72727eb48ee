/** Images of a library, for the tests of the window. */
import type { LibraryImage } from '../../electron/ipc/library.ts';
import { GIB, MIB } from './sample-devices.ts';

/** An image that lies in a folder of the library, was used and is known. */
export function libraryImage(path: string, facts: Partial<LibraryImage> = {}): LibraryImage {
  const slash = path.lastIndexOf('/');
  return {
    id: idOfPath(path),
    name: path.slice(slash + 1),
    folder: path.slice(0, slash) || '/',
    state: 'present',
    sizeBytes: (8n * GIB).toString(),
    allocatedBytes: (3n * GIB).toString(),
    device: '2049',
    inode: (4000 + path.length).toString(),
    modifiedAt: Date.UTC(2026, 9, 1),
    lastUsedAt: Date.UTC(2026, 10, 20, 9),
    inFolder: false,
    content: { kind: 'known', format: 'raw', explained: false, type: 'ext4', label: null, partitions: null },
    verified: null,
    ...facts,
  };
}

/** The same path has the same id, as main's table gives it. */
function idOfPath(path: string): string {
  let hash = 7n;
  for (const character of path) hash = (hash * 31n + BigInt(character.codePointAt(0) ?? 0)) % (1n << 120n);
  return hash.toString(16).padStart(32, '0');
}

/** What a library looks like: attached, missing, containers, a verified download and one that changed since. */
export function typicalLibrary(): readonly LibraryImage[] {
  const known = { kind: 'known', format: 'raw', explained: false, type: 'ext4', label: null, partitions: null } as const;
  return [
    libraryImage('/home/maria/images/debian-13.img', { device: '64768', inode: '1000', content: { ...known, type: 'gpt', partitions: 3 } }),
    libraryImage('/home/maria/images/fedora-44.img', {
      content: { ...known, type: 'btrfs', label: 'fedora' },
      lastUsedAt: null,
      inFolder: true,
    }),
    libraryImage('/home/maria/images/photos.ext4', {
      sizeBytes: (300n * MIB).toString(),
      allocatedBytes: (300n * MIB).toString(),
      content: { ...known, label: 'Photos 2026' },
    }),
    libraryImage('/home/maria/Downloads/ubuntu-26.04-desktop-amd64.iso', {
      sizeBytes: (5800n * MIB).toString(),
      allocatedBytes: (5800n * MIB).toString(),
      content: { ...known, type: 'iso9660', label: 'Ubuntu 26.04' },
      verified: {
        at: Date.UTC(2026, 10, 21, 14, 5),
        outcome: 'matches',
        against: 'SHA256SUMS',
        sums: { sha256: '30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58' },
        current: true,
      },
      inFolder: true,
    }),
    libraryImage('/home/maria/vm/windows.qcow2', {
      sizeBytes: (21n * GIB).toString(),
      allocatedBytes: (21n * GIB).toString(),
      content: { ...known, format: 'qcow2', type: '' },
      lastUsedAt: Date.UTC(2025, 3, 2),
    }),
    libraryImage('/media/stick/old-backup.img', {
      state: 'missing',
      sizeBytes: null,
      allocatedBytes: null,
      device: null,
      inode: null,
      modifiedAt: null,
      content: null,
    }),
    libraryImage('/home/maria/images/server.img', {
      sizeBytes: (40n * GIB).toString(),
      allocatedBytes: (12n * GIB).toString(),
      content: { ...known, type: 'xfs' },
      verified: {
        at: Date.UTC(2026, 8, 1),
        outcome: 'matches',
        against: null,
        sums: { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
        current: false,
      },
    }),
  ];
}

/** A library as large as one folder may be. */
export function manyImages(count: number): readonly LibraryImage[] {
  return Array.from({ length: count }, (_, index) =>
    libraryImage(`/srv/images/machine-${String(index).padStart(5, '0')}.img`, { inFolder: true }),
  );
}
