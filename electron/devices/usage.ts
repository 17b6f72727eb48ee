/**
 * How full mounted file systems are. A path may lead through a file system that hangs, and the thread that asks hangs with it:
 * each mount is asked with a time limit, and while one is late nothing else is asked. Main process.
 */
import { stat, statfs } from 'node:fs/promises';
import type { LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import { fromKernelText } from '../../native-helper/protocol/scalars.ts';
import type { MountUsage } from '../ipc/device-page.ts';
import { mountsOf } from '../images/contents.ts';
import { withinTime } from './within-time.ts';

const TIME_LIMIT_MS = 1000;

export class UsageReader {
  /** Questions that are late. Each holds one of Node's few threads, so no other is asked meanwhile. */
  #late = 0;

  /** One entry for each mount that answers; those that this user does not reach, or that something else covers, are left out. */
  async read(device: LoopDevice): Promise<readonly MountUsage[]> {
    const usage: MountUsage[] = [];
    // One after the other, so that several that hang hold one thread together.
    for (const { partition, mount } of mountsOf(device)) {
      const found = device.partitions.find(({ number }) => number === partition);
      const one = await this.#ask(mount, found?.deviceNumber ?? `7:${device.number}`);
      if (one !== null) usage.push(one);
    }
    return usage;
  }

  async #ask(mount: Mount, deviceNumber: string): Promise<MountUsage | null> {
    if (this.#late > 0) return null;
    const answer = askMount(mount, deviceNumber);
    const usage = await withinTime(answer, TIME_LIMIT_MS);
    if (usage !== 'late') return usage;
    this.#late += 1;
    void answer.finally(() => (this.#late -= 1));
    return null;
  }
}

async function askMount(mount: Mount, deviceNumber: string): Promise<MountUsage | null> {
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
  } catch {
    return null;
  }
}

/** `259:3`, from the form that stat(2) gives (12 bits of major, 20 of minor). */
function formatDevice(dev: bigint): string {
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn & 0xfffffn);
  return `${major}:${minor}`;
}
