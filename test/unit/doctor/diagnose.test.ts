import { expect, test } from 'vitest';
import { diagnose, overallState } from '../../../electron/doctor/diagnose.ts';
import type { DoctorFacts } from '../../../electron/doctor/facts.ts';

const features = {
  kernelRelease: '6.12.0',
  machine: 'x86_64',
  loopConfigure: true,
  changeBackingFile: true,
  directIo: true,
  largestLogicalBlockSizeBytes: 4096,
  maximumPartitionsPerDevice: 15,
};
const healthy: DoctorFacts = {
  version: '1.0.0',
  versionOnDisk: '1.0.0',
  uid: 1000,
  installation: 'package',
  kernelRelease: '6.12.0',
  hasLoopControl: true,
  hasLoopModule: true,
  fileSystems: ['ext4', 'vfat', 'exfat', 'iso9660', 'udf', 'squashfs', 'xfs', 'btrfs', 'ntfs3'],
  helper: { kind: 'answered', hello: { protocolVersion: 1, version: '1.0.0', mode: 'view', uid: 1000, pid: 2 }, features },
  helperFiles: [{ path: '/usr/lib/platter/helper/node', uid: 0, mode: 0o755 }],
  pkexec: { path: '/usr/bin/pkexec', uid: 0, mode: 0o4755 },
  polkitAnswers: true,
  actionsInstalled: true,
  setupAllowed: true,
  agent: 'gnome-shell',
  hasTerminalAgent: true,
  udevRuns: true,
  udevRule: '/usr/lib/udev/rules.d/59-platter.rules',
  udisksRule: '/usr/lib/udev/rules.d/79-platter.rules',
  missingTools: [],
  toolCount: 40,
  folders: [{ path: '/home/a/.config', isWritable: true }],
  session: { wayland: true, x11: false, bus: true },
};

/** Id and state of everything that is not in order. */
function troubles(change: Partial<DoctorFacts>): readonly string[] {
  const findings = diagnose({ ...healthy, ...change });
  for (const { state, next } of findings) expect(next === null).toBe(state === 'ok');
  return findings.filter(({ state }) => state !== 'ok').map(({ id, state }) => `${id}: ${state}`);
}

test('a healthy machine has no trouble, and each finding its own id', () => {
  const findings = diagnose(healthy);
  expect(troubles({})).toEqual([]);
  expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
  expect(overallState(findings)).toBe('ok');
});

test.each<readonly [string, Partial<DoctorFacts>, readonly string[]]>([
  ['old kernel', { kernelRelease: '5.10.0-30-amd64' }, ['kernel: fail']],
  ['kernel of the first that will do', { kernelRelease: '5.15.0' }, []],
  ['no loop devices', { hasLoopControl: false }, ['loop-devices: fail']],
  ['no exFAT', { fileSystems: healthy.fileSystems.filter((name) => name !== 'exfat') }, ['file-systems: warn']],
  [
    'helper not installed',
    { installation: 'none', helper: { kind: 'failed', reason: 'not-installed', details: '' }, helperFiles: [] },
    ['kernel-features: warn', 'helper: fail'],
  ],
  ['helper somebody can change', { helperFiles: [{ path: '/usr/lib/platter', uid: 0, mode: 0o775 }] }, ['helper-files: fail']],
  ['helper of a user', { helperFiles: [{ path: '/usr/lib/platter/helper/node', uid: 1000, mode: 0o755 }] }, ['helper-files: fail']],
  ['upgraded underneath', { versionOnDisk: '1.1.0' }, ['versions: warn']],
  ['no pkexec', { pkexec: null }, ['pkexec: fail']],
  ['pkexec that is not set-user-ID', { pkexec: { path: '/usr/bin/pkexec', uid: 0, mode: 0o755 } }, ['pkexec: fail']],
  ['no polkit', { polkitAnswers: false, actionsInstalled: false, setupAllowed: false }, ['polkit: fail']],
  ['actions missing', { actionsInstalled: false }, ['polkit: fail']],
  [
    'a checkout',
    { installation: 'checkout', actionsInstalled: false, helperFiles: [], udevRule: null, versionOnDisk: null },
    ['polkit: warn', 'udev: warn'],
  ],
  ['only the first udev rule', { udisksRule: null }, ['udev: warn']],
  ['nobody to ask', { setupAllowed: false, agent: null, hasTerminalAgent: false }, ['agent: warn']],
  ['only the terminal can ask', { setupAllowed: false, agent: null }, ['agent: warn']],
  ['root needs no polkit', { uid: 0, pkexec: null, polkitAnswers: false, actionsInstalled: false, agent: null, setupAllowed: false }, []],
  ['tools missing', { missingTools: [{ program: 'xorriso', package: 'xorriso' }] }, ['tools: warn']],
  ['home cannot be written', { folders: [{ path: '/home/a', isWritable: false }] }, ['folders: warn']],
  ['no session bus', { session: { wayland: true, x11: true, bus: false } }, ['session: warn']],
  ['no display', { session: { wayland: false, x11: false, bus: false } }, []],
])('%s', (_name, change, expected) => {
  expect(troubles(change)).toEqual(expected);
});

test('names the packages of missing tools once each', () => {
  const missingTools = [
    { program: 'mkfs.xfs', package: 'xfsprogs' },
    { program: 'xfs_repair', package: 'xfsprogs' },
    { program: 'qemu-img', package: 'qemu-utils' },
  ];
  const tools = diagnose({ ...healthy, missingTools }).find(({ id }) => id === 'tools');
  expect(tools?.next).toBe('sudo apt-get install qemu-utils xfsprogs');
});
