/**
 * How each type of file system is mounted: fixed parameters, no text of the caller's (SECURITY.md d6). Pure.
 * A type that is not in this table is not mounted.
 */
import type { FileSystemType } from '../protocol/mounts.ts';

/** Who the files belong to where the file system itself cannot say it. */
export interface MountOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface MountWishes {
  readonly readOnly: boolean;
  readonly skipJournal: boolean;
}

/** A name with its value, or a flag (value null). */
export type MountParameter = readonly [key: string, value: string | null];

interface FileSystem {
  /** What fsopen is called with; one driver may serve several types. */
  readonly driver: string;
  /** Cannot be written by this driver at all. */
  readonly alwaysReadOnly?: true;
  readonly parameters: (owner: MountOwner) => readonly MountParameter[];
  /** What leaves the journal alone; read-only mounts only. */
  readonly skipJournal?: MountParameter;
}

const none = (): readonly MountParameter[] => [];
const owned =
  (...more: readonly MountParameter[]) =>
  ({ uid, gid }: MountOwner): readonly MountParameter[] => [['uid', String(uid)], ['gid', String(gid)], ...more];
const remountOnError: MountParameter = ['errors', 'remount-ro'];
const ext: FileSystem = { driver: 'ext4', parameters: () => [remountOnError], skipJournal: ['noload', null] };

const fileSystems: Readonly<Record<FileSystemType, FileSystem>> = {
  ext2: ext,
  ext3: ext,
  ext4: ext,
  xfs: { driver: 'xfs', parameters: none, skipJournal: ['norecovery', null] },
  // Without `device=` only the device itself is read; a file system of several devices then fails.
  btrfs: { driver: 'btrfs', parameters: none },
  vfat: { driver: 'vfat', parameters: owned(['umask', '077'], ['shortname', 'mixed'], ['utf8', '1'], ['flush', null]) },
  exfat: { driver: 'exfat', parameters: owned(['umask', '077'], ['iocharset', 'utf8'], remountOnError) },
  // Its folder at the top is open to all in Linux 6.12, whatever is said here; the folder above keeps others out (mount-target.ts).
  ntfs3: { driver: 'ntfs3', parameters: owned(['umask', '077'], ['iocharset', 'utf8']) },
  iso9660: {
    driver: 'iso9660',
    alwaysReadOnly: true,
    parameters: owned(['mode', '0400'], ['dmode', '0500']),
  },
  udf: { driver: 'udf', parameters: owned(['umask', '077']) },
  squashfs: { driver: 'squashfs', alwaysReadOnly: true, parameters: none },
  erofs: { driver: 'erofs', alwaysReadOnly: true, parameters: none },
  f2fs: { driver: 'f2fs', parameters: none },
  hfsplus: { driver: 'hfsplus', parameters: owned(['umask', '077']) },
  hfs: { driver: 'hfs', parameters: owned(['umask', '077']) },
  jfs: { driver: 'jfs', parameters: () => [remountOnError] },
  nilfs2: { driver: 'nilfs2', parameters: () => [remountOnError] },
  minix: { driver: 'minix', parameters: none },
  bcachefs: { driver: 'bcachefs', parameters: none },
  zonefs: { driver: 'zonefs', parameters: () => [remountOnError] },
};

/** Everything that fsconfig is called with but the source, which is the same for all. */
export interface FileSystemPlan {
  readonly driver: string;
  readonly readOnly: boolean;
  readonly parameters: readonly MountParameter[];
  /** xfs refuses a second file system of the same UUID; tried once more with this when the first try says EINVAL. */
  readonly secondTry: MountParameter | null;
}

export function planFileSystem(type: FileSystemType, wishes: MountWishes, owner: MountOwner): FileSystemPlan {
  const fileSystem = fileSystems[type];
  const readOnly = wishes.readOnly || fileSystem.alwaysReadOnly === true;
  const skip = readOnly && wishes.skipJournal ? fileSystem.skipJournal : undefined;
  return {
    driver: fileSystem.driver,
    readOnly,
    parameters: [...(readOnly ? [['ro', null] as const] : []), ...fileSystem.parameters(owner), ...(skip === undefined ? [] : [skip])],
    secondTry: type === 'xfs' && readOnly ? ['nouuid', null] : null,
  };
}
