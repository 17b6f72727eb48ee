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
  'not-read-only': 'Only the file of a read-only device can be exchanged.',
  'file-deleted': 'The image file was deleted.',
  'file-unknown': 'The kernel could not name the image file.',
  'backed-by-device': 'The device stands on another block device, not on a file.',
  'somebody-elses': 'The device was attached by somebody else.',
  'scan-permanent': 'Stays on as long as the image is attached.',
  'no-partition-scan': 'Partition scan is off for this device.',
  'no-direct-io': 'This kernel does not offer direct I/O for loop devices.',
  'no-change-file': 'This kernel no longer exchanges files under a device.',
  mounted: 'A file system on the device is mounted.',
  held: 'It is used as swap or by another device on top of it.',
  'would-detach': 'Nothing uses the device, so it would be detached at once.',
  'no-unbound-nodes': 'There are no unused nodes.',
  looking: 'Platter is still finding out what is on it.',
  'nothing-found': 'No file system was recognised.',
  'not-mountable': 'Platter does not mount this type of file system.',
  'is-swap': 'Swap space holds no files.',
  'is-encrypted': 'It is encrypted. Unlocking comes in a later version.',
  'is-volume': 'It belongs to a RAID or a volume group, which Platter does not put together.',
  'is-table': 'It holds a partition table; mount its partitions.',
  'not-mounted': 'It is not mounted.',
  'mounted-read-only': 'It is mounted read-only.',
  'cannot-grow': 'Only ext4, XFS and Btrfs grow while they are mounted.',
  'fills-place': 'It already fills the room it has.',
};

export function excuseText(excuse: Excuse | null): string | undefined {
  return excuse === null ? undefined : excuseWords[excuse];
}

/** The first excuse that holds. */
export function firstExcuse(...excuses: readonly (Excuse | null)[]): Excuse | null {
  return excuses.find((excuse) => excuse !== null) ?? null;
}
