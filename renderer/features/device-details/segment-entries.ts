/** The menu of a piece of the map: mounting first, then what changes the kernel's idea of the partition. */
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { LoopDevice, Partition } from '../../../native-helper/protocol/devices.ts';
import type { MenuEntry, MenuGroups } from '../../components/menu.tsx';
import type { Context } from '../../state/actions.ts';
import { deletePartition } from '../../state/device-actions.ts';
import { keyOf, partitionName } from '../../state/device-facts.ts';
import type { Excuse } from '../../state/excuses.ts';
import type { Segment } from '../../state/partition-map.ts';
import { partOf } from '../../state/parts.ts';
import { usePlatter } from '../../state/react-context.ts';
import { openDialog } from '../../state/ui-store.ts';
import { deviceMenuWords, detailWords } from '../../text/device-words.ts';
import { excuseText, firstExcuse } from '../../text/excuse-words.ts';
import { partEntries } from '../device-actions/mount-entries.ts';
import { useDeviceExcuse } from '../device-actions/use-device-excuse.ts';

export interface SegmentEntriesProps {
  readonly device: LoopDevice;
  readonly contents: Contents;
  readonly segment: Segment;
  /** The piece behind it, into which it could grow. */
  readonly next: Segment | undefined;
}

function withExcuse(...excuses: readonly (Excuse | null)[]): { readonly excuse?: string } {
  const text = excuseText(firstExcuse(...excuses));
  return text === undefined ? {} : { excuse: text };
}

export function useSegmentEntries({ device, contents, segment, next }: SegmentEntriesProps): MenuGroups {
  const context = usePlatter();
  const now = useDeviceExcuse(device);
  if (segment.kind === 'free') return [[addEntry(context, device, segment, now)]];
  const mounts = partEntries(context, device, partOf(device, segment, contents), now, false);
  if (segment.kind !== 'partition') return [mounts];
  const roomBytes = segment.sizeBytes + (next?.kind === 'free' ? next.sizeBytes : 0n);
  return [mounts, kernelEntries(context, { device, partition: segment.partition, roomBytes, now })];
}

function addEntry(context: Context, device: LoopDevice, free: Segment, now: Excuse | null): MenuEntry {
  const numbers = new Set(device.partitions.map((partition) => partition.number));
  let number = 1;
  while (numbers.has(number)) number += 1;
  const run = (): void =>
    openDialog(context.ui, {
      kind: 'partition',
      key: keyOf(device),
      action: 'add',
      partition: number,
      startBytes: free.startBytes,
      sizeBytes: free.sizeBytes,
      roomBytes: free.sizeBytes,
    });
  return { id: 'add', label: deviceMenuWords.addPartition, run, ...withExcuse(now) };
}

interface KernelPartition {
  readonly device: LoopDevice;
  readonly partition: Partition;
  readonly roomBytes: bigint;
  readonly now: Excuse | null;
}

function kernelEntries(context: Context, { device, partition, roomBytes, now }: KernelPartition): readonly MenuEntry[] {
  const mounted = partition.mounts.length > 0 ? 'mounted' : null;
  const resize = (): void =>
    openDialog(context.ui, {
      kind: 'partition',
      key: keyOf(device),
      action: 'resize',
      partition: partition.number,
      startBytes: BigInt(partition.startBytes),
      sizeBytes: BigInt(partition.sizeBytes),
      roomBytes,
    });
  return [
    { id: 'resize', label: detailWords.resizePartition, run: resize, ...withExcuse(now) },
    {
      id: `delete-${partitionName(device, partition)}`,
      label: detailWords.deletePartition,
      danger: true,
      run: () => void deletePartition(context, device, partition.number),
      ...withExcuse(now, mounted),
    },
  ];
}
