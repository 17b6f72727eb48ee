/** What the page of a device shows beyond the live list, asked for only while it is seen. Sizes are bytes as decimal text. */
import * as v from 'valibot';
import { deviceTarget, type Mount } from '../../native-helper/protocol/devices.ts';
import { method } from './method.ts';
import type { UnfinishedResize } from './resize.ts';

/**
 * Counters of /sys/block/loopN/stat (Documentation/block/stat.rst), which go on over detaching and attaching: they begin with
 * the node, not with the image.
 */
export interface DeviceActivity {
  /** A clock of main that never goes back, in milliseconds: when the counters were read. */
  readonly atMs: number;
  readonly readBytes: string;
  readonly writtenBytes: string;
  readonly discardedBytes: string;
  readonly readOperations: number;
  readonly writeOperations: number;
  /** Requests that are under way at this moment. */
  readonly inFlight: number;
}

/** Read and written together, of one device, since its node was made (/proc/diskstats). */
export interface DeviceTraffic {
  readonly number: number;
  readonly movedBytes: string;
}

/** Properties of the request queue (/sys/block/loopN/queue, Documentation/ABI/stable/sysfs-block). */
export interface QueueProperties {
  readonly logicalBlockBytes: number;
  readonly physicalBlockBytes: number;
  readonly minimumIoBytes: number;
  /** 0: none in particular. */
  readonly optimalIoBytes: number;
  /** Unit and largest size of a discard; 0 where the device does not take any. */
  readonly discardGranularityBytes: number;
  readonly discardMaximumBytes: string;
  readonly requestMaximumBytes: number;
  readonly readAheadBytes: number;
  /** The one in use. */
  readonly scheduler: string;
  readonly writeCache: 'write-back' | 'write-through';
  readonly rotational: boolean;
  readonly queueDepth: number;
}

/** How full a mounted file system is, as statfs(2) says to this user. */
export interface MountUsage {
  readonly mountId: Mount['mountId'];
  readonly totalBytes: string;
  readonly usedBytes: string;
  /** Free for this user; less than the rest where the file system keeps some for root. */
  readonly availableBytes: string;
}

/** A mounted file system that works no more as it was mounted. */
export interface MountTrouble {
  /** `file-system-stopped`: nothing can be read or written (XFS calls it shut down). `file-system-errors`: ext4 keeps count of some, also from before. */
  readonly kind: 'file-system-stopped' | 'file-system-read-only' | 'file-system-errors';
  readonly mountPoint: Mount['mountPoint'];
}

/** Of the mounts that could be asked in time and that this user reaches. */
export interface MountedState {
  readonly usage: readonly MountUsage[];
  readonly troubles: readonly MountTrouble[];
}

/** A block device that is not part of this one and says to be the same file system. */
export interface SameUuid {
  readonly uuid: string;
  /** As under /dev: `sda2`. */
  readonly node: string;
}

export interface DeviceSurroundings {
  /** Null: it went away while it was read. */
  readonly queue: QueueProperties | null;
  readonly mounted: MountedState;
  /** Name of the account that attached it, null where that is not known. */
  readonly attachedBy: string | null;
  readonly sameUuid: readonly SameUuid[];
  /** A resize of its image that was stopped on the way. */
  readonly unfinishedResize: UnfinishedResize | null;
}

/** As file systems write them: a name that udev would have to escape is none. */
const uuid = v.pipe(v.string(), v.regex(/^[0-9A-Za-z-]{1,64}$/u));

export const devicePageMethods = {
  /** Of all loop devices at once, for the order by activity. */
  'devices/traffic': method<readonly DeviceTraffic[]>()(v.strictObject({})),
  'devices/activity': method<DeviceActivity>()(deviceTarget),
  /** `uuids`: of what is on the device, to find others that have the same. */
  'devices/surroundings': method<DeviceSurroundings>()(
    v.strictObject({ ...deviceTarget.entries, uuids: v.pipe(v.array(uuid), v.maxLength(256)) }),
  ),
} as const;
