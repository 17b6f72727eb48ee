/** Which loop devices belong to the system's own machinery and are hidden until asked for (UX.md §3.1). Pure. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';

/** Folders under which only programs of the system keep images. */
const systemFolders = [
  '/var/lib/snapd/',
  '/var/snap/',
  '/snap/',
  '/var/lib/flatpak/',
  '/var/lib/docker/',
  '/var/lib/containerd/',
  '/var/lib/containers/',
  '/var/lib/lxd/',
  '/var/snap/lxd/',
  '/var/lib/incus/',
  '/var/lib/kubelet/',
  '/var/lib/machines/',
  '/var/lib/portables/',
  '/var/lib/extensions/',
  '/run/live/',
  '/cdrom/casper/',
  '/usr/lib/live/',
  '/run/initramfs/',
];

/** True for a path of a snap, a flatpak, a container store or a live system. */
export function isSystemImagePath(path: string): boolean {
  if (systemFolders.some((folder) => path.startsWith(folder))) return true;
  return /^\/home\/[^/]+\/\.local\/share\/(?:containers|docker|flatpak)\//u.test(path);
}

/** True when the device's backing file lies in a folder of the system. */
export function isSystemDevice(device: LoopDevice): boolean {
  if (device.ownership === 'own') return false;
  return device.backingFile !== null && isSystemImagePath(device.backingFile.text);
}
