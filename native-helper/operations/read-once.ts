/**
 * Reads loop devices once: nothing is kept to compare with later, as live-devices.ts does at a price for each device. For programs
 * that only look, as root or not. It opens no device for writing and changes nothing.
 */
import { listPartitionsOf, listStackedDevices } from '../linux/block-folders.ts';
import { readMountInfo, readSwaps } from '../linux/process-mounts.ts';
import { isBound, listLoopNumbers, listPartitionNames, listSizedLoopNumbers } from '../linux/sysfs.ts';
import type { DeviceSnapshot, LoopDevice, Ownership } from '../protocol/devices.ts';
import { toLoopDevice } from './device-facts.ts';
import { readPartitions } from './device-reader.ts';
import { FactsReader } from './facts-reader.ts';
import { buildMountTable, useOf, type MountTable } from './mount-table.ts';

/** Who reads: `elevated` needs root. */
export interface Reader {
  readonly mode: 'elevated' | 'view';
  /** Of all devices, where no records are read. */
  readonly ownership: Ownership;
}

/** What is around all devices at one moment. */
interface Surroundings {
  readonly facts: FactsReader;
  readonly mounts: MountTable;
  readonly holders: ReadonlyMap<number, readonly string[]>;
}

function readSurroundings({ mode }: Reader): Surroundings {
  const lines = readMountInfo();
  const facts = new FactsReader(mode);
  facts.setMounts(lines);
  return { facts, mounts: buildMountTable(lines, readSwaps()), holders: listStackedDevices() };
}

const NONE: readonly never[] = [];

function readOne(
  number: number,
  partitions: readonly number[],
  reader: Reader,
  { facts: factsReader, mounts, holders }: Surroundings,
): LoopDevice | null {
  const facts = factsReader.read(number);
  if (facts === null) return null;
  return toLoopDevice({
    facts,
    ownership: reader.ownership,
    attachment: null,
    partitions: partitions.length === 0 ? NONE : readPartitions(number, partitions, mounts),
    holders: holders.get(number) ?? NONE,
    use: useOf(mounts, `7:${number}`, `/dev/loop${number}`),
  });
}

/** All loop devices now; revision 1. */
export function readDevicesOnce(reader: Reader): DeviceSnapshot {
  const surroundings = readSurroundings(reader);
  const partitions = listPartitionNames();
  const sized = listSizedLoopNumbers();
  const devices: LoopDevice[] = [];
  const unboundNumbers: number[] = [];
  for (const number of listLoopNumbers()) {
    // An unattached node is not opened: whoever wants to remove it would find it busy.
    const isAttached = sized.has(number) || isBound(number);
    const device = isAttached ? readOne(number, partitions.get(number) ?? NONE, reader, surroundings) : null;
    if (device === null) unboundNumbers.push(number);
    else devices.push(device);
  }
  return { revision: 1, devices, unboundNumbers };
}

/** One device now; null when nothing is attached to it or there is none. */
export function readDeviceOnce(number: number, reader: Reader): LoopDevice | null {
  return isBound(number) ? readOne(number, listPartitionsOf(number), reader, readSurroundings(reader)) : null;
}
