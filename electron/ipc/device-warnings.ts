/** What is wrong with a device, or may surprise: found by comparing what is known of it and of the others. Pure; for page and command line. */
import type { Contents } from './contents.ts';
import type { MountTrouble, SameUuid } from './device-page.ts';
import type { BackingFileFacts } from './images.ts';
import { toDecimal, type DecimalString } from '../../native-helper/protocol/scalars.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';

export type DeviceWarning =
  | { readonly kind: MountTrouble['kind']; readonly mountPoints: readonly string[] }
  | { readonly kind: 'deleted' | 'replaced' | 'missing' | 'direct-io-off' }
  | { readonly kind: 'moved'; readonly from: string }
  | { readonly kind: 'file-grew' | 'file-shrank'; readonly fileBytes: DecimalString }
  /** `writable`: one of them can change what the other has in its cache. */
  | { readonly kind: 'attached-twice'; readonly numbers: readonly number[]; readonly writable: boolean }
  | { readonly kind: 'misaligned'; readonly sectorBytes: number }
  | { readonly kind: 'same-uuid'; readonly nodes: readonly string[] };

/** What one window saw of a device, to find changes that nobody announced. */
export interface RememberedDevice {
  /** Where its file was first; null where the kernel could not say. */
  readonly path: string | null;
  /** Direct I/O was on, or asked for, and nobody here switched it off. */
  readonly directIo: boolean;
}

export interface WarningFacts {
  readonly device: LoopDevice;
  /** All attached devices, with this one or without. */
  readonly devices: readonly LoopDevice[];
  /** Null: not known. */
  readonly file: BackingFileFacts | null;
  readonly contents: Contents;
  /** What is known to be on another device; nothing where it is not known. */
  readonly contentsOf: (other: LoopDevice) => Contents;
  readonly sameUuid: readonly SameUuid[];
  readonly troubles: readonly MountTrouble[];
  /** Undefined: nobody has watched the device. */
  readonly remembered: RememberedDevice | undefined;
}

/** The worst first. */
export function findWarnings(facts: WarningFacts): readonly DeviceWarning[] {
  return [
    ...mountWarnings(facts),
    ...fileWarnings(facts),
    ...twiceWarning(facts),
    ...alignmentWarning(facts),
    ...directIoWarning(facts),
    ...uuidWarning(facts),
  ];
}

function mountWarnings({ troubles }: WarningFacts): DeviceWarning[] {
  const kinds = ['file-system-stopped', 'file-system-read-only', 'file-system-errors'] as const;
  return kinds.flatMap((kind) => {
    const mountPoints = troubles.filter((one) => one.kind === kind).map(({ mountPoint }) => mountPoint.text);
    return mountPoints.length === 0 ? [] : [{ kind, mountPoints }];
  });
}

function fileWarnings({ device, file, remembered }: WarningFacts): DeviceWarning[] {
  if (device.backingFileState === 'deleted') return [{ kind: 'deleted' }];
  if (file?.kind === 'replaced') return [{ kind: 'replaced' }];
  // What others attached may lie where this session never sees it.
  if (file?.kind === 'missing' && device.ownership === 'own') return [{ kind: 'missing' }];
  const size = file?.kind === 'present' ? sizeWarning(device, BigInt(file.sizeBytes)) : null;
  const from = remembered?.path ?? null;
  const moved = from !== null && device.backingFile !== null && device.backingFile.text !== from;
  return [...(size === null ? [] : [size]), ...(moved ? [{ kind: 'moved', from } as const] : [])];
}

function sizeWarning(device: LoopDevice, fileBytes: bigint): DeviceWarning | null {
  const shown = toDecimal(fileBytes);
  const usable = fileBytes - BigInt(device.offsetBytes);
  if (usable < BigInt(device.sizeBytes)) return { kind: 'file-shrank', fileBytes: shown };
  if (device.sizeLimitBytes !== '0') return null;
  // Parts of a sector at the end of a file never show on the device.
  const sector = BigInt(Math.max(512, device.logicalBlockSizeBytes));
  return usable >= BigInt(device.sizeBytes) + sector ? { kind: 'file-grew', fileBytes: shown } : null;
}

function twiceWarning({ device, devices }: WarningFacts): DeviceWarning[] {
  const others = devices.filter((other) => other.number !== device.number && isSameFile(device, other) && overlaps(device, other));
  if (others.length === 0) return [];
  const writable = !device.readOnly || others.some((other) => !other.readOnly);
  return [{ kind: 'attached-twice', numbers: others.map(({ number }) => number), writable }];
}

/** By identity where both are known, else by name: one that was deleted has none. */
function isSameFile(one: LoopDevice, other: LoopDevice): boolean {
  if (one.identity !== null && other.identity !== null) {
    if (one.identity.rdevice !== '0') return one.identity.rdevice === other.identity.rdevice;
    return one.identity.device === other.identity.device && one.identity.inode === other.identity.inode;
  }
  const isNamed = one.backingFileState === 'named' && other.backingFileState === 'named';
  return isNamed && one.backingFile?.text === other.backingFile?.text && one.backingFile?.base64 === other.backingFile?.base64;
}

function overlaps(one: LoopDevice, other: LoopDevice): boolean {
  const start = (device: LoopDevice): bigint => BigInt(device.offsetBytes);
  const end = (device: LoopDevice): bigint => start(device) + BigInt(device.sizeBytes);
  return start(one) < end(other) && start(other) < end(one);
}

function alignmentWarning({ device }: WarningFacts): DeviceWarning[] {
  const sectorBytes = Math.max(512, device.logicalBlockSizeBytes);
  return BigInt(device.offsetBytes) % BigInt(sectorBytes) === 0n ? [] : [{ kind: 'misaligned', sectorBytes }];
}

function directIoWarning({ device, remembered }: WarningFacts): DeviceWarning[] {
  return remembered?.directIo === true && !device.directIo ? [{ kind: 'direct-io-off' }] : [];
}

/** Devices on the same file are told by `attached-twice`. */
function uuidWarning({ device, devices, contents, contentsOf, sameUuid }: WarningFacts): DeviceWarning[] {
  const uuids = new Set(uuidsOf(contents));
  const loops = devices.filter((other) => {
    if (other.number === device.number || isSameFile(device, other)) return false;
    return uuidsOf(contentsOf(other)).some((uuid) => uuids.has(uuid));
  });
  const twins = devices.filter((other) => isSameFile(device, other)).map(nodeOf);
  const links = sameUuid.map(({ node }) => node).filter((node) => !twins.some((twin) => node === twin || node.startsWith(`${twin}p`)));
  const nodes = [...new Set([...loops.map(nodeOf), ...links])];
  return nodes.length === 0 ? [] : [{ kind: 'same-uuid', nodes }];
}

const nodeOf = ({ number }: LoopDevice): string => `loop${number}`;

/** UUIDs by which systems find what is on the device. */
export function uuidsOf(contents: Contents): readonly string[] {
  return contents.flatMap(({ uuid, kind }) => (uuid === null || kind === 'partition-table' ? [] : [uuid]));
}
