/** What the facts mean: one finding for each thing that can be missing, with a next step. Pure. */
import type { DoctorFacts } from './facts.ts';

export type FindingState = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** Stays the same in later versions, for scripts. */
  readonly id: string;
  readonly state: FindingState;
  readonly says: string;
  /** What to do, or null when all is well. */
  readonly next: string | null;
}

type Examination = (facts: DoctorFacts) => Finding;

function ok(id: string, says: string): Finding {
  return { id, state: 'ok', says, next: null };
}

function warn(id: string, says: string, next: string): Finding {
  return { id, state: 'warn', says, next };
}

function fail(id: string, says: string, next: string): Finding {
  return { id, state: 'fail', says, next };
}

const REINSTALL = 'Install the package again.';
/** diskseq, the identity of a device, came with it. */
const OLDEST_KERNEL = [5, 15] as const;

function isOldKernel(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return major < OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor < OLDEST_KERNEL[1]);
}

const kernel: Examination = ({ kernelRelease }) =>
  isOldKernel(kernelRelease)
    ? fail('kernel', `Linux ${kernelRelease} is older than 5.15 and cannot tell devices apart for certain.`, 'Start a newer kernel.')
    : ok('kernel', `Linux ${kernelRelease}.`);

const loopDevices: Examination = ({ hasLoopControl, hasLoopModule }) => {
  if (hasLoopControl) return ok('loop-devices', '/dev/loop-control is there.');
  return hasLoopModule
    ? fail('loop-devices', 'The kernel has no loop devices loaded.', 'sudo modprobe loop')
    : fail(
        'loop-devices',
        'This kernel has no loop devices.',
        'Install the modules of the running kernel, or restart after a kernel update.',
      );
};

const features: Examination = ({ helper }) => {
  if (helper.kind === 'failed') return warn('kernel-features', 'Not known without the helper.', 'Mend the helper first.');
  const { directIo, changeBackingFile, largestLogicalBlockSizeBytes, loopConfigure } = helper.features;
  if (!loopConfigure) return fail('kernel-features', 'The kernel has no LOOP_CONFIGURE; nothing can be attached.', 'Start a newer kernel.');
  const parts = [`block sizes to ${largestLogicalBlockSizeBytes} bytes`, directIo ? 'direct I/O' : 'no direct I/O'];
  parts.push(changeBackingFile ? 'files can be exchanged' : 'files cannot be exchanged (LOOP_CHANGE_FD is gone from this kernel)');
  return ok('kernel-features', `LOOP_CONFIGURE, ${parts.join(', ')}.`);
};

/** Types that images of today hold. */
const commonFileSystems = ['ext4', 'vfat', 'exfat', 'iso9660', 'udf', 'squashfs', 'xfs', 'btrfs', 'ntfs3'] as const;

const fileSystems: Examination = (facts) => {
  const missing = commonFileSystems.filter((name) => !facts.fileSystems.includes(name));
  if (missing.length === 0) return ok('file-systems', `The kernel mounts ${commonFileSystems.join(', ')}.`);
  const says = `The kernel cannot mount ${missing.join(', ')}; such images can be attached, not opened.`;
  return warn('file-systems', says, 'Install the extra modules of your kernel (on Ubuntu linux-modules-extra).');
};

const helper: Examination = (facts) => {
  if (facts.installation === 'none') {
    return fail('helper', 'The helper is not installed; not even the list can be shown.', 'Install the package platter.');
  }
  if (facts.helper.kind === 'failed') return fail('helper', `The helper does not start: ${facts.helper.reason}.`, REINSTALL);
  const places = { package: '/usr/lib/platter/helper', appimage: 'this AppImage', checkout: 'a checkout' } as const;
  return ok('helper', `Version ${facts.helper.hello.version} from ${places[facts.installation]} answers.`);
};

/** Group and others must not write what root runs. */
const WRITABLE_BY_OTHERS = 0o022;

const helperFiles: Examination = ({ installation, helperFiles: files }) => {
  if (installation !== 'package') return ok('helper-files', 'Nothing is installed that root would run.');
  const unsafe = files.filter(({ uid, mode }) => uid !== 0 || (mode & WRITABLE_BY_OTHERS) !== 0);
  if (unsafe.length === 0) return ok('helper-files', 'Everything that root runs belongs to root.');
  return fail('helper-files', `Somebody but root can change ${unsafe.map(({ path }) => path).join(', ')}.`, REINSTALL);
};

const versions: Examination = ({ version, versionOnDisk, installation, helper: answered }) => {
  if (installation === 'checkout') return ok('versions', 'A checkout runs what is in it.');
  const others = [versionOnDisk, answered.kind === 'answered' ? answered.hello.version : null].filter((other) => other !== null);
  const different = others.find((other) => other !== version);
  if (different === undefined) return ok('versions', `All parts are of version ${version}.`);
  return warn('versions', `This is version ${version}; version ${different} is installed.`, 'Close Platter and start it again.');
};

const SUID = 0o4000;

const pkexec: Examination = ({ pkexec: file, uid }) => {
  if (uid === 0) return ok('pkexec', 'Not needed: this is root.');
  const next = 'sudo apt-get install pkexec (or policykit-1, polkit), or run platter as root';
  if (file === null) return fail('pkexec', 'pkexec is not installed; images can be looked at, not attached.', next);
  const isSetuid = file.uid === 0 && (file.mode & SUID) !== 0;
  return isSetuid
    ? ok('pkexec', `${file.path} is there.`)
    : fail('pkexec', `${file.path} has lost its set-user-ID bit.`, 'Install pkexec again.');
};

const polkit: Examination = ({ polkitAnswers, actionsInstalled, installation, uid }) => {
  if (uid === 0) return ok('polkit', 'Not needed: this is root.');
  if (actionsInstalled) return ok('polkit', 'polkit answers and knows what Platter asks for.');
  const start = 'sudo apt-get install polkitd; systemctl status polkit';
  if (!polkitAnswers) return fail('polkit', 'polkit does not answer; nothing can be allowed.', start);
  if (installation === 'package') return fail('polkit', "polkit does not know Platter's actions.", REINSTALL);
  return warn(
    'polkit',
    "Platter's actions are not installed: each helper asks for an administrator's password.",
    'Install the package platter.',
  );
};

const agent: Examination = (facts) => {
  if (facts.uid === 0) return ok('agent', 'Not needed: this is root.');
  if (facts.setupAllowed) return ok('agent', 'Attaching your own images needs no password here.');
  if (facts.agent !== null) return ok('agent', `${facts.agent} asks for passwords.`);
  if (facts.hasTerminalAgent) {
    const says = 'No program of the desktop that asks for passwords is known to run; the command line asks in the terminal.';
    return warn('agent', says, 'For the window start one, such as polkit-gnome-authentication-agent-1.');
  }
  return warn('agent', 'No program could ask for a password.', 'Install pkttyagent (package polkitd) or an agent of your desktop.');
};

const udev: Examination = ({ udevRule, udisksRule, udevRuns, installation }) => {
  if (!udevRuns) return warn('udev', 'udev does not run; devices appear late or under other rights.', 'Nothing to do in a container.');
  const next = installation === 'package' ? REINSTALL : 'Install the package platter.';
  if (udevRule === null) return warn('udev', 'The udev rule is missing: labels of attached images may be taken for own disks.', next);
  if (udisksRule === null) return warn('udev', 'The second udev rule is missing: udisks2 does not see what is in attached images.', next);
  return ok('udev', `${udevRule} keeps attached images apart from the machine's own disks.`);
};

const tools: Examination = ({ missingTools, toolCount }) => {
  if (missingTools.length === 0) return ok('tools', `All ${toolCount} programs for file systems and formats are there.`);
  const packages = [...new Set(missingTools.map((tool) => tool.package))].toSorted();
  const programs = missingTools.map(({ program }) => program).toSorted();
  const says = `Not installed: ${programs.join(', ')}. What needs them says so.`;
  return warn('tools', says, `sudo apt-get install ${packages.join(' ')}`);
};

const folders: Examination = ({ folders: places }) => {
  const closed = places.filter(({ isWritable }) => !isWritable).map(({ path }) => path);
  if (closed.length === 0) return ok('folders', 'Settings and library can be saved.');
  return warn('folders', `Cannot write to ${closed.join(', ')}: settings are forgotten.`, `ls -ld ${closed.join(' ')}`);
};

const session: Examination = ({ session: { wayland, x11, bus } }) => {
  const kinds = [wayland ? 'Wayland' : null, x11 ? 'X11' : null].filter((kind) => kind !== null);
  if (kinds.length === 0) return ok('session', 'No display: the command line works, the window does not open here.');
  if (bus) return ok('session', `${kinds.join(' and ')}.`);
  return warn('session', `${kinds.join(' and ')}, without a session bus: no notifications.`, 'Start the desktop with dbus-run-session.');
};

const examinations: readonly Examination[] = [
  ...[kernel, loopDevices, features, fileSystems],
  ...[helper, helperFiles, versions],
  ...[pkexec, polkit, agent, udev],
  ...[tools, folders, session],
];

/** In a fixed order; every id once. */
export function diagnose(facts: DoctorFacts): readonly Finding[] {
  return examinations.map((examine) => examine(facts));
}

/** The worst of all. */
export function overallState(findings: readonly Finding[]): FindingState {
  const states = findings.map(({ state }) => state);
  return states.includes('fail') ? 'fail' : states.includes('warn') ? 'warn' : 'ok';
}
