/** Which loop devices belong to the system's own machinery and are hidden until asked for (UX.md §3.1). Pure. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';

/** What a device of the system is for. */
export type SystemKind = 'snap' | 'flatpak' | 'docker' | 'podman' | 'containers' | 'lxd' | 'kubernetes' | 'systemd' | 'live';

/** Folders under which only programs of the system keep images; the first that fits tells. */
const systemFolders: readonly (readonly [string, SystemKind])[] = [
  ['/var/snap/lxd/', 'lxd'],
  ['/var/lib/snapd/', 'snap'],
  ['/var/snap/', 'snap'],
  ['/snap/', 'snap'],
  ['/var/lib/flatpak/', 'flatpak'],
  ['/var/lib/docker/', 'docker'],
  ['/var/lib/containerd/', 'containers'],
  ['/var/lib/containers/', 'podman'],
  ['/var/lib/lxd/', 'lxd'],
  ['/var/lib/incus/', 'lxd'],
  ['/var/lib/kubelet/', 'kubernetes'],
  ['/var/lib/machines/', 'systemd'],
  ['/var/lib/portables/', 'systemd'],
  ['/var/lib/extensions/', 'systemd'],
  ['/run/live/', 'live'],
  ['/cdrom/casper/', 'live'],
  ['/usr/lib/live/', 'live'],
  ['/run/initramfs/', 'live'],
];

const homeFolders: Readonly<Record<string, SystemKind>> = { containers: 'podman', docker: 'docker', flatpak: 'flatpak' };

/** Null for a path that is not of the system. */
export function systemKindOfPath(path: string): SystemKind | null {
  const folder = systemFolders.find(([start]) => path.startsWith(start));
  if (folder !== undefined) return folder[1];
  const name = /^\/home\/[^/]+\/\.local\/share\/(containers|docker|flatpak)\//u.exec(path)?.[1];
  return name === undefined ? null : (homeFolders[name] ?? null);
}

/** What it is for, by the folder of its file; null for a device of a person. To root every device is his own: then only a record of Platter tells. */
export function systemKindOf(device: LoopDevice): SystemKind | null {
  if (device.ownership === 'own' && device.attachment !== null) return null;
  return device.backingFile === null ? null : systemKindOfPath(device.backingFile.text);
}

/** True when the device's backing file lies in a folder of the system. */
export function isSystemDevice(device: LoopDevice): boolean {
  return systemKindOf(device) !== null;
}
