/** Texts of --help of the commands that make image files. */
import { fileSystemNames } from '../ipc/file-systems.ts';

export const fileSystems = fileSystemNames.join(', ');

export const create = `
A partition holds a file system, efi (FAT, as an EFI system partition) or none. The last one may take the rest.
Nothing is ever overwritten, and what fails or is interrupted leaves no file.

Examples:
  platter create disk.img --size 10G
  platter create photos.img --size 4G --type ext4 --label Photos --mount
  platter create stick.img -s 8G --table gpt -p efi:512M:EFI -p ext4:rest:root:Linux
  platter create backup.iso --from-folder ~/Documents --label Documents
  platter create copy.img --copy /dev/sdb
`;

export const convert = `
Examples:
  platter convert server.qcow2                  makes server.img
  platter convert raspios.img.xz                unpacks it to raspios.img
  platter convert disk.img disk.qcow2
  platter convert disk.img --to qcow2 --compress
  platter convert disk.img backup.img.zst
`;
