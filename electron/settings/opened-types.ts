/** Media types of images: those the desktop entry names (build/package/desktop-entry.ts), and those a person may give to Platter. Data. */

/** What a double click opens: raw images and discs. Containers and archives stay with their own programs. */
export const openedTypes = [
  'application/x-raw-disk-image',
  'application/x-raw-floppy-disk-image',
  'application/x-cd-image',
  'application/x-iso9660-image',
  'application/vnd.efi.img',
  'application/vnd.efi.iso',
  'application/vnd.squashfs',
] as const;

/** What can be converted or unpacked first. */
export const convertedTypes = [
  'application/x-raw-disk-image-xz-compressed',
  'application/x-raw-disk-image-gz-compressed',
  'application/x-raw-disk-image-bz2-compressed',
  'application/x-raw-disk-image-zst-compressed',
  'application/x-qemu-disk',
  'application/x-vdi-disk',
  'application/x-vhd-disk',
  'application/x-vhdx-disk',
  'application/x-vmdk-disk',
  'application/x-virtualbox-vdi',
  'application/x-virtualbox-vhd',
  'application/x-virtualbox-vhdx',
  'application/x-virtualbox-vmdk',
  'application/x-apple-diskimage',
] as const;
