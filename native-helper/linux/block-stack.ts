/**
 * What lies on top of block devices, from /sys: partitions, device mapper, MD, bcache, and the members of btrfs file systems.
 * Readable by everybody. `sys` is another folder only in tests, where it holds recorded trees.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { HolderDevice } from '../protocol/holders.ts';

/** A block device and the devices that lie on it. */
export interface BlockNode {
  readonly kind: HolderDevice['kind'];
  readonly name: string;
  /** `7:3` */
  readonly deviceNumber: string;
  /** Name of a mapping, one character per byte; null where there is none. */
  readonly title: string | null;
  readonly above: readonly BlockNode[];
}

/** Deeper than anybody stacks. */
const MOST_LEVELS = 16;

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Gone meanwhile, or a kind of device that has no such folder.
    return [];
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1').replace(/\n$/u, '');
  } catch {
    return null;
  }
}

/** The tree above a whole disk (`loop3`); null when there is no such device (any more). */
export function readBlockStack(name: string, sys = '/sys'): BlockNode | null {
  return readNode(`${sys}/block/${name}`, name, { sys, levels: MOST_LEVELS });
}

interface Reading {
  readonly sys: string;
  readonly levels: number;
}

function readNode(folder: string, name: string, { sys, levels }: Reading): BlockNode | null {
  const deviceNumber = readText(`${folder}/dev`);
  if (deviceNumber === null || levels === 0) return null;
  const below = { sys, levels: levels - 1 };
  const partitions = list(folder).filter((entry) => entry.startsWith(name) && readText(`${folder}/${entry}/partition`) !== null);
  const above = [
    ...partitions.toSorted(byNumber).map((entry) => readNode(`${folder}/${entry}`, entry, below)),
    ...list(`${folder}/holders`)
      .toSorted(byNumber)
      .map((entry) => readNode(`${sys}/block/${entry}`, entry, below)),
  ].filter((node) => node !== null);
  const uuid = readText(`${folder}/dm/uuid`);
  const title = readText(`${folder}/dm/name`);
  return { kind: kindOf(name, folder, uuid), name, deviceNumber, title, above };
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function kindOf(name: string, folder: string, uuid: string | null): BlockNode['kind'] {
  if (readText(`${folder}/partition`) !== null) return 'partition';
  if (uuid !== null) return kindOfMapping(uuid);
  if (/^loop\d/u.test(name)) return 'loop';
  return /^md\d|^md_/u.test(name) ? 'md' : 'stacked';
}

/** Device mapper: the tools begin UUIDs with their own name (libdevmapper, cryptsetup, LVM, multipath-tools, kpartx). Pure. */
export function kindOfMapping(uuid: string): BlockNode['kind'] {
  if (uuid.startsWith('CRYPT-LUKS')) return 'luks';
  if (uuid.startsWith('CRYPT-')) return 'encrypted';
  if (uuid.startsWith('LVM-')) return 'lvm';
  if (uuid.startsWith('mpath-')) return 'multipath';
  return /^part\d+-/u.test(uuid) ? 'partition' : 'device-mapper';
}

/** For each device that belongs to a mounted or scanned btrfs of this kernel: the names of all devices of that file system. */
export function readBtrfsDevices(sys = '/sys'): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, readonly string[]>();
  for (const id of list(`${sys}/fs/btrfs`)) {
    const names = list(`${sys}/fs/btrfs/${id}/devices`).toSorted(byNumber);
    for (const name of names) members.set(name, names);
  }
  return members;
}
