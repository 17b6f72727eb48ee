/**
 * What runs inside the kernel machines: in the long run the suites kernel and contract, unchanged and as large as in `npm test`, and the large
 * numbers of what only a machine shows; otherwise what depends on the kernel most, and of that on its version.
 */
import type { KernelName } from './kernel-package.ts';
import type { GuestRun } from './run-tests.ts';

const operations = ['attach', 'descriptors', 'detach', 'holders-dm', 'repair', 'view'];

/** Of the suites what needs few new processes: to start one takes seconds in there. */
const samples: Readonly<Record<KernelName, readonly string[]>> = {
  '6.1': [
    'test/contract/methods',
    'test/kernel/linux',
    'test/kernel/mounting/grow.test.ts',
    'test/kernel/records',
    ...operations.map((name) => `test/kernel/operations/${name}.test.ts`),
    'test/vm/guest',
  ],
  '6.12': [
    'test/kernel/linux/uevents.test.ts',
    ...['file-systems', 'partition-scan', 'refused-types'].map((name) => `test/vm/guest/${name}.test.ts`),
  ],
};

/** Tests ask /proc/filesystems what there is, which lists drivers that are loaded. */
const drivers = 'fuse ext4 xfs btrfs vfat exfat ntfs3 isofs udf squashfs erofs';

export function kernelRun(machine: KernelName): GuestRun {
  const long = process.env['PLATTER_LONG'] === '1';
  return {
    machine,
    files: long ? ['test/contract', 'test/kernel', 'test/vm/guest'] : samples[machine],
    setUp: `modprobe -a ${drivers}; modprobe -a dm_mod dm_crypt dm_multipath dm_round_robin md_mod raid0 raid1`,
    timeLimitMs: (long ? 360 : 20) * 60_000,
  };
}
