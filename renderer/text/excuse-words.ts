/** Words for why an action cannot be done now; shown where the action is. */
import type { Excuse } from '../state/excuses.ts';

export const excuseWords: Readonly<Record<Excuse, string>> = {
  loading: 'The list is still loading.',
  'connection-lost': 'The connection to Platter is lost.',
  'list-lost': 'The live list is lost, so the state of the device is not known.',
  authorizing: 'The system is asking for your password.',
  'helper-unavailable': 'View only: Platter’s helper cannot be started.',
  'busy-here': 'Another action on this device is under way.',
  'job-running': 'Work on this device is under way.',
  'read-only': 'The device is read-only.',
  'not-read-only': 'Only the file of a read-only device can be exchanged.',
  'file-deleted': 'The image file was deleted.',
  'file-unknown': 'The kernel could not name the image file.',
  'size-limited': 'The device has a size limit; set it to 0 first.',
  'backed-by-device': 'The device stands on another block device, not on a file.',
  'somebody-elses': 'The device was attached by somebody else.',
  'scan-permanent': 'Stays on as long as the image is attached.',
  'no-partition-scan': 'Partition scan is off for this device.',
  'no-direct-io': 'This kernel does not offer direct I/O for loop devices.',
  'no-change-file': 'This kernel no longer exchanges files under a device.',
  mounted: 'A file system on the device is mounted.',
  'no-unbound-nodes': 'There are no unused nodes.',
};

export function excuseText(excuse: Excuse | null): string | undefined {
  return excuse === null ? undefined : excuseWords[excuse];
}

/** The first excuse that holds. */
export function firstExcuse(...excuses: readonly (Excuse | null)[]): Excuse | null {
  return excuses.find((excuse) => excuse !== null) ?? null;
}
