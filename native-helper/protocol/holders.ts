/**
 * Who uses a loop device, as a tree: the device, its partitions, what lies on top of them, their mounts, and processes.
 * Sources: sysfs, /proc/PID/{mountinfo,fd,fdinfo,maps,cwd,root} (proc(5)), /proc/swaps, /sys/fs/btrfs.
 */
import * as v from 'valibot';
import { decimalString, loopNumber } from './scalar-parsers.ts';
import type { DecimalString, KernelText } from './scalars.ts';

/**
 * What of other users' processes is told. `leave-out`: only what the caller could find himself. `count`: how many use the
 * device. `name`: all of them, as the caller's own.
 */
export const othersToTell = v.picklist(['leave-out', 'count', 'name']);
export type OthersToTell = v.InferOutput<typeof othersToTell>;

export const holdersParams = v.strictObject({ device: loopNumber, diskseq: decimalString, others: othersToTell });
export type HoldersParams = v.InferOutput<typeof holdersParams>;

/** A process id, 1 to 2^22 on 64-bit Linux (proc_sys_kernel(5), pid_max). */
const processId = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4_194_304));

/** `terminate`: SIGTERM, which a program may answer by saving and ending. `kill`: SIGKILL, which it never sees. */
export const closeSignal = v.picklist(['terminate', 'kill']);
export type CloseSignal = v.InferOutput<typeof closeSignal>;

export const closeHolderParams = v.strictObject({
  device: loopNumber,
  diskseq: decimalString,
  pid: processId,
  /** As the list says it: another process that got the same id later has another one. */
  startTime: decimalString,
  signal: closeSignal,
});
export type CloseHolderParams = v.InferOutput<typeof closeHolderParams>;

/** One way in which a process uses a place. */
export interface ProcessUse {
  /** `open`: a file; `node`: the block device itself; `exe`: the program it runs; `mapped`: a file or node in its memory. */
  readonly kind: 'open' | 'node' | 'cwd' | 'root' | 'exe' | 'mapped';
  /** As the kernel names it for the reader, in the process's mount tree; a deleted file ends in ` (deleted)`. */
  readonly path: KernelText;
  /** How a file or node is open; null for the other kinds. */
  readonly mode: 'read' | 'write' | 'read-write' | null;
}

export interface HolderProcess {
  readonly pid: number;
  /** Clock ticks since boot (proc_pid_stat(5), field 22); pid and start time together name one process for ever. */
  readonly startTime: DecimalString;
  /** The name it gave itself, at most 15 bytes: any text, for showing only. */
  readonly name: string;
  readonly uid: number;
  /** Name of the user; null where the system knows none. */
  readonly user: string | null;
  /** In the order found; never empty. */
  readonly uses: readonly ProcessUse[];
  /** Further uses that the list leaves out. */
  readonly moreUses: number;
}

/** Programs that live in another mount namespace than the reader. */
export interface MountNamespace {
  /** Inode of the namespace, as in `mnt:[4026531840]`. */
  readonly inode: DecimalString;
  /** The first of its processes, without those that may not be named. */
  readonly programs: readonly { readonly pid: number; readonly name: string }[];
  readonly processCount: number;
}

export interface HolderMount {
  readonly mountId: number;
  readonly mountPoint: KernelText;
  /** What of the file system is mounted: `/`, or a folder of it (bind mounts). */
  readonly root: KernelText;
  readonly fileSystemType: string;
  readonly readOnly: boolean;
  /** Null: the namespace of the reader, which is the system's. */
  readonly namespace: MountNamespace | null;
  /** Other file systems that are mounted inside it, by their mount points. */
  readonly inside: readonly KernelText[];
  readonly processes: readonly HolderProcess[];
}

/** A block device with everything that uses it. One that lies on several others stands below each of them. */
export interface HolderDevice {
  /** Of a device-mapper device by its UUID; `encrypted` is dm-crypt without LUKS; `stacked` is any other kind (bcache). */
  readonly kind: 'loop' | 'partition' | 'luks' | 'encrypted' | 'lvm' | 'multipath' | 'device-mapper' | 'md' | 'stacked';
  /** Kernel name: `loop3`, `loop3p1`, `dm-0`, `md127`. */
  readonly name: string;
  /** Major and minor as `7:3`. */
  readonly deviceNumber: string;
  /** Backing file of a loop device, name of a mapping; null where there is none. */
  readonly title: KernelText | null;
  readonly mounts: readonly HolderMount[];
  /** Swap on the device itself, or in files on its file system. */
  readonly swaps: readonly KernelText[];
  /** Names of all devices of the btrfs file system this one belongs to; empty unless there are several. */
  readonly btrfsDevices: readonly string[];
  /** Processes that have the node open, or files of a file system that is out of sight (lazily unmounted). */
  readonly processes: readonly HolderProcess[];
  /** Partitions, mappings, and loop devices whose file is this device or lies on its file system. */
  readonly devices: readonly HolderDevice[];
}

export interface HolderList {
  readonly root: HolderDevice;
  /** Processes of other users that use the device and were not to be named; 0 with `others: name`. */
  readonly hiddenProcesses: number;
  /**
   * Programs that write past the file systems: to the node of the device or of anything on it, or to its backing file, which a list as root
   * knows. `uses` are those alone. They keep nobody from detaching.
   */
  readonly writers: readonly HolderProcess[];
  /** The same of other users that were not to be named. */
  readonly hiddenWriters: number;
  /**
   * Processes of other users that the reader may not look into, and those of anybody that were not looked through to their end: with more than
   * 65,536 descriptors, 16 MiB of mappings or a thousand mapped files of the device, in a mount namespace with more than 20,000 mounts or a
   * thousand of the device, or when the list is full. Each may be a user of the device, or not, or a larger one than the list says.
   */
  readonly unreadableProcesses: number;
  /**
   * The device cannot be claimed although nothing of the above uses it: a program has it open exclusively, or it is mounted where
   * nobody can look. `unknown` where only root could find out, and where something else is listed.
   */
  readonly unexplained: 'yes' | 'no' | 'unknown';
}
