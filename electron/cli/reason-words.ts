/** The words of the command line for what is no failure: why something is as it is, and what to mind about a device. */

/** Why errors of a file system are not repaired here. */
export const repairRefusals = {
  btrfs: "btrfs-progs' repair may make things worse; copy what can be read (platter mount --read-only)",
  ntfs: 'only Windows repairs NTFS wholly (chkdsk)',
  'read-only-format': 'its format cannot be written; make the image anew',
  partition: 'its tool works on whole files only; copy the partition out, or run it as root on the attached partition',
} as const;

/** Why a device came out read-only although that was not asked for. */
export const readOnlyReasons = {
  requested: 'as asked',
  'no-permission': 'you may not write the file',
  running: 'the file is a program that is running',
  'read-only-file-system': 'its file system is read-only',
  immutable: 'the file is immutable',
  descriptor: 'it was opened for reading',
  sealed: 'the file is sealed against writing',
  existing: 'the device was attached read-only before',
  kernel: 'the kernel made it so',
} as const;

/** Why something in an opened image is not mounted; the place is named before it. */
export const notMountedReasons = {
  encrypted: 'is encrypted and has to be unlocked first, which Platter cannot do yet',
  volume: 'is a member of a volume and is not mounted by itself',
  'no-driver': 'is not mounted: this kernel has no driver for it',
  'not-authorized': 'is not mounted: the system did not allow it',
  'unknown-type': 'is of a type that Platter does not mount',
} as const;

/** What is wrong with an attached device; the window has the same in `renderer/text/`. */
export const deviceWarningWords = {
  'file-system-stopped': (places: string) =>
    `The file system at ${places} has stopped after an error; what was written last may be missing. Unmount it, then platter check the image.`,
  'file-system-read-only': (places: string) =>
    `The file system at ${places} made itself read-only after an error. Unmount it, then platter check the image.`,
  'file-system-errors': (places: string) =>
    `The file system at ${places} has met errors, now or earlier, and may let nothing be written. Unmount it, then platter check the image.`,
  deleted: 'The file was deleted. Its data is there as long as the device is attached: copy what you need first.',
  replaced: 'Another file has taken the name. The device still shows the old one, which has no name any more.',
  missing: 'The file is not at its place: moved, deleted, or where this session cannot see it.',
  moved: (from: string) => `The file was moved or renamed; it was ${from}.`,
  'file-grew': (bytes: string) => `The file is larger than the device: ${bytes} bytes. platter capacity takes them over.`,
  'file-shrank': (bytes: string) => `The file is shorter than the device: ${bytes} bytes. Reading beyond its end fails.`,
  'attached-twice': (nodes: string, writable: boolean) =>
    `The same data is attached as ${nodes}, too. ${writable ? 'What is written through one may be lost through the other.' : 'All are read-only.'}`,
  misaligned: (sectorBytes: number) =>
    `The offset is not a multiple of the sector size, ${sectorBytes} bytes: slow, no direct I/O, no partitions.`,
  'direct-io-off': 'Direct I/O was asked for, and is off.',
  'same-uuid': (nodes: string) => `Another device says to be the same file system: ${nodes}. What looks for its UUID may take either.`,
} as const;

export const attachWarnings = {
  'direct-io-off': 'Direct I/O is not possible for this file and stays off.',
  'last-block-partial': 'The file does not end at a block; its last bytes are not on the device.',
  'file-deleted': 'The file has no name any more; its content is lost when the device is detached.',
} as const;
