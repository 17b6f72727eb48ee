/**
 * How full mounted file systems are, and whether they still work. A path may lead through a file system that hangs, and the thread that
 * asks hangs with it: each mount is asked with a time limit, and while one is late nothing else is asked. Main process.
 */
import { readFile, stat, statfs } from 'node:fs/promises';
import type { LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import { fromKernelText } from '../../native-helper/protocol/scalars.ts';
import { mountsOf } from '../images/contents.ts';
import type { MountedState, MountTrouble, MountUsage } from '../ipc/device-page.ts';
import { withinTime } from './within-time.ts';

const TIME_LIMIT_MS = 1000;

/** Can be written to unless something went wrong: others (squashfs, ISO 9660) are mounted like a writable one and never are. */
const writableTypes: ReadonlySet<string> = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'vfat',
  'exfat',
  'ntfs3',
  'f2fs',
  'jfs',
  'nilfs2',
]);

export class MountedStateReader {
  /** Questions that are late. Each holds one of Node's few threads, so no other is asked meanwhile. */
  #late = 0;

  /** Tells of each mount that answers; those that this user does not reach, or that something else covers, are left out. */
  async read(device: LoopDevice): Promise<MountedState> {
    const usage: MountUsage[] = [];
    const troubles: MountTrouble[] = [];
    const mounts = mountsOf(device);
    if (mounts.length === 0) return { usage, troubles };
    const options = parseMountOptions(await readFile('/proc/self/mountinfo', 'latin1'));
    // One after the other, so that several that hang hold one thread together.
    for (const { partition, mount } of mounts) {
      const found = device.partitions.find(({ number }) => number === partition);
      const answer = await this.#ask(mount, found?.deviceNumber ?? `7:${device.number}`);
      const told = options.get(mount.mountId);
      const mayBeWritten = !device.readOnly && writableTypes.has(mount.fileSystemType);
      const node = partition === null ? `loop${device.number}` : `loop${device.number}p${partition}`;
      const kind = answer === 'file-system-stopped' ? answer : (troubleIn(told, mayBeWritten) ?? (await errorsOf(mount, node)));
      if (kind !== null) troubles.push({ kind, mountPoint: mount.mountPoint });
      if (answer !== null && answer !== 'file-system-stopped') usage.push(answer);
    }
    return { usage, troubles };
  }

  async #ask(mount: Mount, deviceNumber: string): Promise<MountUsage | 'file-system-stopped' | null> {
    if (this.#late > 0) return null;
    const answer = askMount(mount, deviceNumber);
    const usage = await withinTime(answer, TIME_LIMIT_MS);
    if (usage !== 'late') return usage;
    this.#late += 1;
    void answer.finally(() => (this.#late -= 1));
    return null;
  }
}

/** What a line of /proc/self/mountinfo says of a mount, and of the file system that is mounted. */
export interface MountOptions {
  readonly ofMount: readonly string[];
  readonly ofFileSystem: readonly string[];
}

const noOptions: MountOptions = { ofMount: [], ofFileSystem: [] };

/** By the number of the mount. Of paths in the lines nothing is read (proc_pid_mountinfo(5)). Pure. */
export function parseMountOptions(text: string): ReadonlyMap<number, MountOptions> {
  const lines = text.matchAll(/^(?<id>\d+)(?: \S+){4} (?<ofMount>\S+)(?: \S+)*? - \S+ \S+ (?<ofFileSystem>\S+)$/gmu);
  const split = (options: string | undefined): readonly string[] => (options ?? '').split(',');
  return new Map(
    Array.from(lines, ({ groups = {} }) => {
      const { id, ofMount, ofFileSystem } = groups;
      return [Number(id), { ofMount: split(ofMount), ofFileSystem: split(ofFileSystem) }];
    }),
  );
}

/**
 * What the kernel's list tells: that something was mounted for writing and is read-only all the same (`errors=remount-ro`, and btrfs after an
 * error), or, of ext4 since Linux 6.15, `emergency_ro` and `shutdown` (fs/ext4/super.c).
 */
export function troubleIn(options: MountOptions | undefined, mayBeWritten: boolean): MountTrouble['kind'] | null {
  const { ofMount, ofFileSystem } = options ?? noOptions;
  if (ofFileSystem.includes('shutdown')) return 'file-system-stopped';
  if (ofFileSystem.includes('emergency_ro')) return 'file-system-read-only';
  return mayBeWritten && ofMount.includes('rw') && ofFileSystem.includes('ro') ? 'file-system-read-only' : null;
}

/**
 * ext4 counts its errors in the superblock (Documentation/ABI/testing/sysfs-fs-ext4). Debian's 6.1 writes no more after one (`errors=remount-ro`) and
 * tells of that nowhere else.
 */
async function errorsOf({ fileSystemType }: Mount, node: string): Promise<'file-system-errors' | null> {
  if (!/^ext[234]$/u.test(fileSystemType)) return null;
  const count = await readFile(`/sys/fs/ext4/${node}/errors_count`, 'latin1').catch(() => '0');
  return Number(count) > 0 ? 'file-system-errors' : null;
}

async function askMount(mount: Mount, deviceNumber: string): Promise<MountUsage | 'file-system-stopped' | null> {
  const path = Buffer.from(fromKernelText(mount.mountPoint));
  try {
    const { dev } = await stat(path, { bigint: true });
    // Btrfs gives its files a device number of its own; everywhere else another number means that something is mounted over it.
    if (mount.fileSystemType !== 'btrfs' && formatDevice(dev) !== deviceNumber) return null;
    const { bsize, blocks, bfree, bavail } = await statfs(path, { bigint: true });
    return {
      mountId: mount.mountId,
      totalBytes: (blocks * bsize).toString(),
      usedBytes: ((blocks - bfree) * bsize).toString(),
      availableBytes: (bavail * bsize).toString(),
    };
  } catch (error) {
    // XFS that has shut itself down, and NTFS with a damaged folder at the top.
    return error instanceof Error && 'code' in error && error.code === 'EIO' ? 'file-system-stopped' : null;
  }
}

/** `259:3`, from the form that stat(2) gives (12 bits of major, 20 of minor). */
function formatDevice(dev: bigint): string {
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn & 0xfffffn);
  return `${major}:${minor}`;
}
