/** Listens to the kernel for the live list: uevents, mounts, swaps, each a descriptor of the helper's one poller. */
import { closeSync, openSync } from 'node:fs';
import { closeDescriptor } from '../linux/descriptors.ts';
import { isStackedName } from '../linux/block-folders.ts';
import { pollEvents, type DescriptorPoller } from '../linux/poller.ts';
import { isLoopEvent, openUeventSocket, receiveUevents, type ReceivedUevents } from '../linux/uevents.ts';

/** What is to be read anew. */
export interface EventSink {
  readonly onEvents: (numbers: ReadonlySet<number>, partitioned: ReadonlySet<number>) => void;
  /** Events were lost. */
  readonly readAll: () => void;
  readonly readMounts: () => void;
  readonly readHolders: () => void;
}

export interface SortedEvents {
  readonly numbers: ReadonlySet<number>;
  /** Those of them with events of partitions. */
  readonly partitioned: ReadonlySet<number>;
  /** Something lies on top of something else now, or no longer. */
  readonly holders: boolean;
}

/** What a batch of events is about: each device once, however many events it had. Pure. */
export function sortEvents({ events }: Pick<ReceivedUevents, 'events'>): SortedEvents {
  const numbers = new Set<number>();
  const partitioned = new Set<number>();
  let holders = false;
  for (const event of events) {
    const target = isLoopEvent(event);
    if (target !== null) {
      numbers.add(target.number);
      if (target.partition !== null) partitioned.add(target.number);
    } else if (isStackedName(event.devicePath.slice(event.devicePath.lastIndexOf('/') + 1))) holders = true;
  }
  return { numbers, partitioned, holders };
}

export interface KernelEvents {
  /** Takes what is waiting in the uevent socket now. */
  readonly drain: () => void;
  readonly stop: () => void;
}

/** Opens and watches the sources. `sink` is called from the event loop and from {@link KernelEvents.drain}. */
export function listenToKernel(poller: DescriptorPoller, sink: EventSink): KernelEvents {
  const uevents = openUeventSocket();
  const mountInfo = openSync('/proc/self/mountinfo', 'r');
  const swaps = openSync('/proc/swaps', 'r');

  const drain = (): void => {
    const received = receiveUevents(uevents);
    if (received.events.length === 0 && !received.overflowed) return;
    const { numbers, partitioned, holders } = sortEvents(received);
    if (received.overflowed) sink.readAll();
    else if (holders) sink.readHolders();
    if (numbers.size > 0) sink.onEvents(numbers, partitioned);
  };
  const undo = [
    poller.register(uevents, pollEvents.POLLIN, drain),
    poller.register(mountInfo, pollEvents.POLLPRI, () => sink.readMounts()),
    poller.register(swaps, pollEvents.POLLPRI, () => sink.readMounts()),
  ];
  return {
    drain,
    stop: () => {
      for (const remove of undo) remove();
      closeDescriptor(uevents);
      closeSync(mountInfo);
      closeSync(swaps);
    },
  };
}
