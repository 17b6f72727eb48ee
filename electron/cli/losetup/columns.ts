/** The columns of losetup --list (util-linux 2.41): names, order, alignment, type in JSON, and their values. */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { fromKernelText, type KernelText } from '../../../native-helper/protocol/scalars.ts';

export const columnNames = [
  'NAME',
  'AUTOCLEAR',
  'BACK-FILE',
  'BACK-INO',
  'BACK-MAJ:MIN',
  'BACK-MAJ',
  'BACK-MIN',
  'MAJ:MIN',
  'MAJ',
  'MIN',
  'OFFSET',
  'PARTSCAN',
  'REF',
  'RO',
  'SIZELIMIT',
  'DIO',
  'LOG-SEC',
] as const;
export type ColumnName = (typeof columnNames)[number];

/** What --list shows when no columns are named. */
export const defaultColumns: readonly ColumnName[] = ['NAME', 'SIZELIMIT', 'OFFSET', 'AUTOCLEAR', 'RO', 'BACK-FILE', 'DIO', 'LOG-SEC'];

export interface ColumnFacts {
  readonly align: 'left' | 'right';
  readonly json: 'string' | 'number' | 'boolean';
  readonly about: string;
}

export const columnFacts: Readonly<Record<ColumnName, ColumnFacts>> = {
  NAME: { align: 'left', json: 'string', about: 'loop device' },
  AUTOCLEAR: { align: 'right', json: 'boolean', about: 'detaches by itself after the last use' },
  'BACK-FILE': { align: 'left', json: 'string', about: 'file behind the device' },
  'BACK-INO': { align: 'right', json: 'number', about: 'inode of that file (root only)' },
  'BACK-MAJ:MIN': { align: 'left', json: 'string', about: 'device the file lies on (root only)' },
  'BACK-MAJ': { align: 'left', json: 'string', about: 'its major number (root only)' },
  'BACK-MIN': { align: 'left', json: 'string', about: 'its minor number (root only)' },
  'MAJ:MIN': { align: 'left', json: 'string', about: 'device number of the loop device' },
  MAJ: { align: 'right', json: 'number', about: 'its major number' },
  MIN: { align: 'right', json: 'number', about: 'its minor number' },
  OFFSET: { align: 'right', json: 'number', about: 'first byte of the file that is used' },
  PARTSCAN: { align: 'right', json: 'boolean', about: 'the kernel looks for partitions' },
  REF: { align: 'left', json: 'string', about: 'reference name (root only)' },
  RO: { align: 'right', json: 'boolean', about: 'read-only' },
  SIZELIMIT: { align: 'right', json: 'number', about: 'bytes of the file that are used, 0 for all' },
  DIO: { align: 'right', json: 'boolean', about: 'direct I/O' },
  'LOG-SEC': { align: 'right', json: 'number', about: 'logical sector size in bytes' },
};

/** The column of that name in any case, null when there is none. */
export function findColumn(name: string): ColumnName | null {
  return columnNames.find((column) => column === name.toUpperCase()) ?? null;
}

/** A device as losetup shows it. */
export interface ShownDevice {
  readonly device: LoopDevice;
  /** The kernel has the device but /dev has no node for it. */
  readonly isLost: boolean;
}

const LOOP_MAJOR = 7;
const deleted = Buffer.from(' (deleted)');

/** Whole name of the backing file as the kernel says it, null when it is too long for the kernel. */
export function backingFileBytes(device: LoopDevice): Uint8Array | null {
  if (device.backingFile === null) return null;
  const bytes = fromKernelText(device.backingFile);
  return device.backingFileState === 'deleted' ? Buffer.concat([bytes, deleted]) : bytes;
}

/** Major and minor of a device number as the kernel encodes it (LOOP.md §1.1, lo_device). */
function splitDeviceNumber(device: string): readonly [bigint, bigint] {
  const value = BigInt(device);
  return [(value >> 8n) & 0xfffn, (value & 0xffn) | ((value >> 12n) & 0xfff00n)];
}

function flag(value: boolean): string {
  return value ? '1' : '0';
}

function pair(major: bigint | number, minor: bigint | number, widths: readonly [number, number] | null): string {
  return widths === null ? `${major}:${minor}` : `${String(major).padStart(widths[0])}:${String(minor).padEnd(widths[1])}`;
}

function textBytes(value: KernelText | null): Uint8Array {
  return value === null ? new Uint8Array() : fromKernelText(value);
}

/** Value of a column as bytes, empty where it is not known. `aligned` pads device numbers as the tables for people do. */
export function columnValue(column: ColumnName, { device, isLost }: ShownDevice, aligned: boolean): Uint8Array | string {
  const backing = device.identity === null || device.identity.device === '0' ? null : splitDeviceNumber(device.identity.device);
  switch (column) {
    case 'NAME':
      return `/dev/loop${device.number}${isLost ? ' (lost)' : ''}`;
    case 'AUTOCLEAR':
      return flag(device.autoclear);
    case 'BACK-FILE':
      return backingFileBytes(device) ?? '';
    case 'BACK-INO':
      return device.identity === null || device.identity.inode === '0' ? '' : device.identity.inode;
    case 'BACK-MAJ:MIN':
      return backing === null ? '' : pair(backing[0], backing[1], aligned ? [8, 3] : null);
    case 'BACK-MAJ':
      return backing === null ? '' : String(backing[0]);
    case 'BACK-MIN':
      return backing === null ? '' : String(backing[1]);
    case 'MAJ:MIN':
      return pair(LOOP_MAJOR, device.number, aligned ? [3, 3] : null);
    case 'MAJ':
      return String(LOOP_MAJOR);
    case 'MIN':
      return String(device.number);
    case 'OFFSET':
      return device.offsetBytes;
    case 'PARTSCAN':
      return flag(device.partitionScan);
    case 'REF':
      return textBytes(device.reference);
    case 'RO':
      return flag(device.readOnly);
    case 'SIZELIMIT':
      return device.sizeLimitBytes;
    case 'DIO':
      return flag(device.directIo);
    case 'LOG-SEC':
      return String(device.logicalBlockSizeBytes);
    default:
      return column satisfies never;
  }
}
