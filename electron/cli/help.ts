/** Texts of --help that are more than one line. */

export const deviceArgument = '/dev/loop3, loop3, 3, the file behind it, or its reference name';

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
  platter list --json | jq .devices     for scripts

Exit status: 0 done, 1 failed, 2 wrong usage, 3 not authorized, 4 busy or detaches later.
Sizes take K, M, G, T… or KiB… (1024) and KB… (1000). More: man platter, man platter-losetup.
`;

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

export const watch = `
The first line is {"event":"snapshot",…} with the whole list, every further one
{"event":"changed",…} with what is different (platter(1), WATCH).

Example:
  platter watch | jq -c 'select(.event == "changed") | .removed'
`;

export const attach = `
A file that is attached already in the same way is not attached twice: its device
is named. A file that may not be written is attached read-only, and the reason told.

Examples:
  platter attach disk.img
  platter attach --offset 1MiB --size-limit 512MiB disk.img
  platter attach --legacy=status disk.img      with the calls of loop(4), for study
`;

export const detach = `
A device in use stays attached (status 4) unless --when-free is given; then it
detaches after its last use (also status 4, since it has not happened yet).

Examples:
  platter detach /dev/loop3
  platter detach disk.img --when-free
  platter detach --cancel disk.img
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
