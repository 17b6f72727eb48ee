/** The desktop entry: what menus, docks and file managers know of the window. */

/** Media types of images that Platter opens or can convert into what it opens; shared-mime-info 1.10 to 2.4 and our own. */
export const mediaTypes = [
  'application/x-raw-disk-image',
  'application/x-raw-floppy-disk-image',
  'application/x-cd-image',
  'application/x-iso9660-image',
  'application/vnd.efi.img',
  'application/vnd.efi.iso',
  'application/vnd.squashfs',
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

/** In the form electron-builder takes; it adds Exec, Icon, Comment, Categories and StartupWMClass. */
export const desktopEntry = {
  entry: {
    GenericName: 'Disk Images',
    Keywords: 'disk;image;iso;img;loop;mount;attach;squashfs;qcow2;partition;',
    MimeType: `${mediaTypes.join(';')};`,
    StartupNotify: 'true',
    Actions: 'attach-image;new-image;',
  },
  desktopActions: {
    'attach-image': { Name: 'Attach Image…', Exec: '/opt/Platter/platter-window --attach-image' },
    'new-image': { Name: 'New Image…', Exec: '/opt/Platter/platter-window --new-image' },
  },
};
