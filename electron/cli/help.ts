/** Texts of --help that are more than one line. */

export const deviceArgument = '/dev/loop3, loop3, 3, the file behind it, or its reference name';

/** What can be mounted, and what can be mounted already. */
export const mountArgument = 'an image file, or an attached device or its partition (loop3, loop3p1)';
export const mountedArgument = 'a mount point, a device, its partition, or the file behind it';

export const plainChanges = {
  capacity: 'make the device as large as its file is now',
  rescan: 'let the kernel read the partition table again',
} as const;

export const program = `
Examples:
  platter attach disk.img               attach a file; says which device it got
  platter attach -r -P card.img         read-only, with its partitions
  platter list                          what is attached
  platter detach disk.img               by file, or by device
  platter open disk.img                 its files, as a double click shows them
  platter inspect disk.img              what is in it, without attaching it
  platter mount disk.img                its files, under /run/media; says where
  platter unmount disk.img              and detached, if mount attached it
  platter list --json | jq .devices     for scripts

Exit status: 0 done, 1 failed, 2 wrong usage, 3 not authorized, 4 busy or detaches later.
Sizes take K, M, G, T… or KiB… (1024) and KB… (1000). More: man platter, man platter-losetup.
`;

export const doctor = `
Each line is ok, warn or fail, and says what to do next. Nothing is changed and nobody is asked for a password.
Exit status: 0 when Platter can work, 1 when something it needs is missing.`;

export const list = `
Examples:
  platter list
  platter list --json | jq -r '.devices[].node'
`;

export const show = `
Examples:
  platter show loop3
  platter show disk.img --json
  sudo platter show 3 --kernel
`;

export const inspect = `
Format, partition table, what every partition holds and how much of it is used, and
what is damaged as far as it shows from outside. Needs no root; nothing is changed.

Examples:
  platter inspect disk.img
  platter inspect --json *.img | jq -r 'select(.findings != []) | .file'
`;

export const watch = `
With --json one object a line: first {"event":"snapshot","version":1,…} with the whole
list, then one for each change, named by "event" (platter(1), WATCH).

Examples:
  platter watch
  platter watch --json | jq -r 'select(.event == "mounted") | .mount.mountPoint.text'
`;

export const attach = `
A file that is attached already in the same way is not attached twice: its device
is named. A file that may not be written is attached read-only, and the reason told.

Examples:
  platter attach disk.img
  platter attach --offset 1MiB --size-limit 512MiB disk.img
  platter attach --legacy=status disk.img      with the calls of loop(4), for study
`;

export const holders = `
Without --names as much as you may see yourself, as root everything.

Examples:
  platter holders loop3
  platter holders disk.img --json | jq .free
`;

export const detach = `
What Platter mounted is unmounted first. A device in use stays as it is, with a list of
who uses it (status 4), unless you wait, have the programs closed, or leave it to the
kernel with --when-free (also status 4, since it has not happened yet).

Examples:
  platter detach /dev/loop3 disk.img
  platter detach disk.img --wait 60
  platter detach disk.img --close-programs
  platter detach disk.img --when-free
  platter detach --cancel disk.img
  platter detach --all-mine
`;

export const open = `
What a double click does: the image is looked at, attached read-only, every file system
in it mounted under /run/media, and the largest shown in the file manager. An image that
is attached already is used as it is. When it fails nothing stays attached; what this
system has no driver for is left out and told. platter unmount takes it all away again.

Examples:
  platter open debian.iso
  platter open --writable --no-folder card.img backup.img
  cd "$(platter open --quiet disk.img | head -n 1)"
`;

export const mount = `
Everything that can be mounted is, or with --partition only that. A file that is not
attached is attached for it and detached again with its last mount. Nothing in the
image can gain rights (nosuid, nodev). When nothing can be mounted, nothing stays attached.

Examples:
  platter mount disk.img
  platter mount -r -p 2 card.img
  cd "$(platter mount --quiet disk.img)"
`;

export const unmount = `
What programs use stays mounted (status 4) unless --lazy is given.

Examples:
  platter unmount disk.img
  platter unmount /run/media/me/backup
  platter unmount --lazy loop3p1
`;

export const resizeArgument = 'image file, or an attached device';
export const resize = `
Steps are done in the order that is safe: growing from the file to the file system, shrinking
the other way round. What they overwrite is saved beside the image and put back when a step
fails. A resize that was stopped, even by a power failure, goes on with --continue, or is
taken back with --undo. Neither is done to an image that was replaced or changed since; --forget
leaves that as it is.

Examples:
  platter resize disk.img --to 12G --dry-run
  platter resize disk.img --by 2G --partition 1
  platter resize loop3 --smallest
  platter resize stick.img --to 32G --new larger.img
  platter resize disk.img --undo
`;

export const trim = `
Examples:
  platter trim disk.img
  platter trim /run/media/me/backup --json
`;

export const set = `
Examples:
  platter set loop3 --direct-io
  platter set disk.img --offset 1MiB --size-limit 0
  platter set loop3 --reference backup
`;

export const partition = `
Examples:
  platter partition loop3 add 1 1MiB 100MiB
  platter partition loop3 resize 1 200MiB
  platter partition loop3 delete 1
`;

export const nodes = `
Examples:
  platter nodes find-free
  platter nodes add 100
  platter nodes remove loop100
`;

/** Commands under `library`: name, argument, description. */
export const libraryChanges = [
  ['add', '<folders...>', 'add folders; the images in them are in the library from then on'],
  ['remove', '<folders...>', 'take folders out again; no file is touched'],
  ['forget', '<files...>', 'take images out of the list; no file is touched'],
  ['trash', '<files...>', 'move images to the trash; not while they are attached'],
] as const;

export const library = `
STATE is present, missing, unreachable, verified, differs (its checksum did), or changed
(since it was verified). The list is that of the window.

Examples:
  platter library
  platter library add ~/images
  platter library --sort size --contents
  platter library --json | jq -r '.images[].path.text'
`;

export const verify = `
Without an option SHA-256 is computed, and whatever --expect or a checksum file beside the
image (NAME.sha256, SHA256SUMS, MD5SUMS, …) needs. The library remembers the outcome.
Status 1 when a checksum differs.

Examples:
  platter verify debian.iso
  platter verify --sha512 --no-beside disk.img
  platter verify --expect e3b0c442… disk.img
`;

export const check = `
Nothing is written without --repair. ext2/3/4, XFS, Btrfs, FAT, exFAT, NTFS, SquashFS and
EROFS are checked by their own tools. Status 1 when errors are left.

Examples:
  platter check disk.img
  platter check --repair -p 2 card.img
`;

export const label = `
Examples:
  platter label disk.img
  platter label disk.img backup
  platter label -p 1 card.img '' --uuid random
`;

export const sparsify = `
Only for images that nobody has open. The free space of a mounted file system is given back
by platter trim.

Examples:
  platter sparsify disk.img
`;
