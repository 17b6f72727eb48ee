/** The file behind a loop device, as descriptors and maps of processes are compared with it. Pure. */
import type { LoopDevice } from '../../protocol/devices.ts';
import { fromKernelText } from '../../protocol/scalars.ts';
import { encodeDeviceNumber } from './device-number.ts';

export interface BackingFile {
  readonly inode: string;
  /** As stat(2) says it, of the file system. */
  readonly device: string;
  /** One character per byte. */
  readonly path: string | null;
}

/** Null where its identity is not known, and for block devices. */
export function backingFileOf(loop: LoopDevice | null): BackingFile | null {
  const { identity = null, backingFile = null } = loop ?? {};
  if (identity === null || identity.rdevice !== '0') return null;
  const path = backingFile === null ? null : Buffer.from(fromKernelText(backingFile)).toString('latin1');
  return { inode: identity.inode, device: identity.device, path };
}

/**
 * True for the same inode on the same file system (`7:3`). Where a file system shows several numbers (overlayfs, and btrfs in maps), the path
 * has to do.
 */
export function isBackingFile(
  file: BackingFile,
  { inode, fileSystem, path }: { inode: string; fileSystem: string; path: string },
): boolean {
  return inode === file.inode && (encodeDeviceNumber(fileSystem) === file.device || path === file.path);
}
