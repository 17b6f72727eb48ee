/** What the records say of a device as it was read from the kernel. */
import type { OwnershipRecords } from '../records/ownership.ts';
import type { DeviceFacts, DeviceReading } from './device-facts.ts';

type Records = Pick<OwnershipRecords, 'ownershipOf' | 'attachmentOf'> | null;

export function ownershipOf(records: Records, { number, diskseq, identity }: DeviceFacts): DeviceReading['ownership'] {
  return records?.ownershipOf(number, diskseq, identity) ?? 'unknown';
}

/** A record never changes once it is complete, so what an earlier reading of the same attachment said is kept. */
export function attachmentOf(records: Records, facts: DeviceFacts, before: DeviceReading | undefined): DeviceReading['attachment'] {
  if (before !== undefined && before.facts.diskseq === facts.diskseq && before.attachment !== null) return before.attachment;
  return records?.attachmentOf(facts.number, facts.diskseq) ?? null;
}
