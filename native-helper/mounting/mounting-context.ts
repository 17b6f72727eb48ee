/** What mounting is given, and what its operations share. Runs as root. */
import type { OwnershipRecords } from '../records/ownership.ts';
import type { Log } from '../rpc/log.ts';
import type { MountRecords } from './mount-records.ts';

/** The user that mounts are made for. */
export interface MountAccount {
  readonly uid: number;
  /** The primary group; never root's for anybody but root. */
  readonly gid: number;
  /** Name of the folder under /run/media. */
  readonly folder: string;
}

export interface Mounting {
  /** On whose behalf the helper acts. */
  readonly uid: number;
  readonly records: Pick<OwnershipRecords, 'ownershipOf'>;
  readonly mountRecords: MountRecords;
  /** Asked at the first mount only: the name service may have to ask over the network. */
  readonly account: () => MountAccount;
  readonly mediaFolder: string;
  readonly log: Log;
}
