/** What the operations are given. Runs in the helper, with root's rights or without. */
import type { DescriptorPoller } from '../linux/poller.ts';
import type { HelperNotifications, NotificationName } from '../protocol/envelope.ts';
import type { OwnershipRecords } from '../records/ownership.ts';
import type { HeldDevices } from './held-devices.ts';
import type { LiveDevices } from './live-devices.ts';

/** What the helper's main program gives to {@link createHandlers}. */
export interface OperationsContext {
  readonly mode: 'elevated' | 'view';
  /** On whose behalf the helper acts. */
  readonly uid: number;
  readonly notify: <N extends NotificationName>(name: N, params: HelperNotifications[N]) => void;
  /** Null in view mode: only root reads them. */
  readonly records: OwnershipRecords | null;
  readonly poller: DescriptorPoller;
}

/** What the operations of the elevated helper share. */
export interface Operations {
  readonly uid: number;
  readonly live: LiveDevices;
  readonly records: OwnershipRecords;
  readonly held: HeldDevices;
  /** Largest logical block size this kernel takes, in bytes. */
  readonly largestBlockBytes: () => number;
  /** LOOP_CONFIGURE exists: not before Linux 5.8. */
  readonly canConfigure: () => boolean;
  /** LOOP_CHANGE_FD exists. */
  readonly canChangeBackingFile: () => boolean;
}
