/** When a test machine is started once more. */
import { expect, test } from 'vitest';
import { isBrokenByQemu } from '../../vm/machine.ts';

test.each([
  [
    '[    1.281056] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n[    1.283829] Kernel panic - not syncing: Fatal exception in interrupt\n',
    true,
  ],
  ['[    1.281056] int3: 0000 [#1] PREEMPT SMP NOPTI\n', true],
  ['[   71.5] Oops: 0000 [#1] PREEMPT SMP\n[   71.6] RIP: 0010:ntfs_fill_super+0x12/0x300 [ntfs3]\n', false],
  ['', false],
])('a kernel that ended with %j was broken by QEMU: %j', (consoleLog, expected) => {
  expect(isBrokenByQemu(consoleLog)).toBe(expected);
});
