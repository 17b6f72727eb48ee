/**
 * One test machine under QEMU without KVM: a Debian kernel with this machine's own files (read-only, under a tmpfs) as its
 * root, or a small Debian desktop with a disk of its own. Runs one command, streams what it prints, brings back its exit status and files, and never outlives its time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { projectRoot } from '../../build/bootstrap.mjs';
import { provideDesktopDisk } from './desktop-disk.ts';
import { provideInitramfs } from './initramfs.ts';
import { provideKernel, type Kernel, type KernelName } from './kernel-package.ts';

/** `desktop`: its own disk with systemd, logind, polkit and udisks2; otherwise a kernel over this machine's files. */
export type Profile = KernelName | 'desktop';

export interface MachineJob {
  readonly profile: Profile;
  /** A shell script, run as root; it leaves results in /run/vm/files. This machine's files are its root, in `desktop` /mnt/host. */
  readonly script: string;
  /** Files for the script, put beside it in /run/vm. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
  /** One or two. An emulated processor that waits for a real one holds up the other: two are faster only where each has a real one to itself. */
  readonly processors: number;
  /** Where /run/vm/files goes when the job has ended, and the console log with it; left out: thrown away. */
  readonly filesTarget?: string;
  /** Paths on the own disk of `desktop` that go there as well, as they are when the machine has been switched off. */
  readonly fromDisk?: readonly string[];
  readonly onOutput: (chunk: Buffer) => void;
  /** A shell for a person instead of a script: standard input is passed on. */
  readonly interactive?: boolean;
}

export type MachineResult =
  | { readonly kind: 'ended'; readonly status: number; readonly consoleLog: string }
  | { readonly kind: 'time-limit' | 'died'; readonly consoleLog: string };

const MEMORY_MEBIBYTES = 2560;
/** A processor without AVX: QEMU 7.2 miscomputes what Chromium's compositor does with it, and programs that use it die of it. */
const commonArguments = [
  ...['-accel', 'tcg,thread=multi', '-M', 'q35', '-cpu', 'Nehalem', '-m', `${MEMORY_MEBIBYTES}M`],
  ...['-nodefaults', '-display', 'none', '-net', 'none', '-no-reboot', '-device', 'virtio-rng-pci'],
];
const kernelLine = 'console=ttyS0 panic=-1 mitigations=off tsc=reliable no_timer_check quiet';

function share(tag: string, path: string, readOnly: boolean): readonly string[] {
  return ['-virtfs', `local,path=${path},mount_tag=${tag},security_model=none,multidevs=remap${readOnly ? ',readonly=on' : ''}`];
}

function shareModules(kernel: Kernel): readonly string[] {
  return share('modules', join(kernel.root, 'lib/modules', kernel.release), true);
}

function bootArguments(profile: Profile, jobFolder: string): readonly string[] {
  if (profile === 'desktop') {
    const kernel = provideKernel('6.1');
    const overlay = overlayIn(jobFolder);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', provideDesktopDisk(), overlay]);
    return [
      ...['-kernel', kernel.imagePath, '-initrd', provideInitramfs(kernel, 'disk')],
      ...['-append', `${kernelLine} systemd.show_status=0`, '-drive', `file=${overlay},if=virtio,format=qcow2,cache=unsafe`],
      ...shareModules(kernel),
    ];
  }
  const kernel = provideKernel(profile);
  return [
    ...['-kernel', kernel.imagePath, '-initrd', provideInitramfs(kernel, 'host-files'), '-append', kernelLine],
    ...shareModules(kernel),
    ...makeScratchDisk(jobFolder),
  ];
}

function qemuArguments({ profile, processors }: MachineJob, jobFolder: string): readonly string[] {
  return [
    ...commonArguments,
    ...['-smp', String(processors)],
    ...['-serial', `file:${join(jobFolder, 'console.log')}`, '-serial', 'stdio'],
    ...bootArguments(profile, jobFolder),
    ...share('host', '/', true),
    ...share('job', jobFolder, false),
  ];
}

/** A disk of its own for /tmp: what lies under loop devices must be a real file system, as on a user's machine. */
function makeScratchDisk(jobFolder: string): readonly string[] {
  const path = join(jobFolder, 'scratch.img');
  execFileSync('truncate', ['-s', '8G', path]);
  execFileSync('mkfs.ext4', ['-q', path]);
  return ['-drive', `file=${path},if=virtio,format=raw,cache=unsafe,discard=unmap`];
}

/**
 * Boots, runs, powers off. The console log is read in any case; the machine is killed at the time limit. One that QEMU broke is started once
 * more, from the beginning.
 */
export async function runInMachine(job: MachineJob): Promise<MachineResult> {
  const first = await runOnce(job);
  if (first.kind !== 'died' || !isBrokenByQemu(first.consoleLog)) return first;
  job.onOutput(Buffer.from('\nQEMU broke the kernel of this machine (int3). It is started once more.\n'));
  return runOnce(job);
}

/**
 * The kernel changes its own code with a breakpoint in the place of what it changes (text_poke_bp in arch/x86/kernel/alternative.c). Seen with
 * QEMU 7.2: the other processor still meets that breakpoint when the kernel has forgotten it, and the kernel dies of it, mostly in its first seconds.
 */
export function isBrokenByQemu(consoleLog: string): boolean {
  return /\b(?:Oops: int3|int3: 0000)/u.test(consoleLog);
}

async function runOnce(job: MachineJob): Promise<MachineResult> {
  const jobFolder = mkdtempSync(join(tmpdir(), 'platter-vm-'));
  const removeFolder = (): void => rmSync(jobFolder, { recursive: true, force: true });
  // Also when something ends this process before the machine has ended.
  process.once('exit', removeFolder);
  try {
    mkdirSync(join(jobFolder, 'files'));
    for (const name of ['guest-init.sh', 'desktop-init.sh']) copyFileSync(new URL(name, import.meta.url), join(jobFolder, name));
    for (const [name, text] of Object.entries(job.inputs ?? {})) writeFileSync(join(jobFolder, name), text);
    writeFileSync(join(jobFolder, 'job.sh'), job.script);
    writeFileSync(join(jobFolder, 'checkout'), projectRoot);
    if (job.interactive === true) writeFileSync(join(jobFolder, 'interactive'), '');
    const ended = await runQemu(job, jobFolder);
    const read = (name: string): string => (existsSync(join(jobFolder, name)) ? readFileSync(join(jobFolder, name), 'utf8') : '');
    const consoleLog = read('console.log');
    if (job.filesTarget !== undefined) {
      bringBack(jobFolder, job.filesTarget);
      if (ended && job.fromDisk !== undefined) bringFromDisk(jobFolder, job.fromDisk, job.filesTarget);
    }
    if (!ended) return { kind: 'time-limit', consoleLog };
    const status = read('status').trim();
    return status === '' ? { kind: 'died', consoleLog } : { kind: 'ended', status: Number(status), consoleLog };
  } finally {
    process.off('exit', removeFolder);
    removeFolder();
  }
}

/** Sparse, for the images among the files. */
function bringBack(jobFolder: string, target: string): void {
  mkdirSync(target, { recursive: true });
  // Not by join: it would take away the point, and the folder itself would be copied.
  for (const from of [`${jobFolder}/files/.`, `${jobFolder}/console.log`]) {
    execFileSync('cp', ['-a', '--sparse=always', '--', from, target]);
  }
}

function overlayIn(jobFolder: string): string {
  return join(jobFolder, 'overlay.qcow2');
}

/** Read without mounting it: what is not there after all is left out. */
function bringFromDisk(jobFolder: string, paths: readonly string[], target: string): void {
  const disk = join(jobFolder, 'disk.img');
  execFileSync('qemu-img', ['convert', '-O', 'raw', overlayIn(jobFolder), disk]);
  for (const path of paths) {
    execFileSync('debugfs', ['-R', `dump ${path} ${join(target, basename(path))}`, disk], { stdio: ['ignore', 'ignore', 'ignore'] });
  }
}

/** Resolves with false when the time limit ended the machine. The machine dies with this process, however that ends. */
function runQemu(job: MachineJob, jobFolder: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuArguments(job, jobFolder)], {
      stdio: [job.interactive === true ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      child.kill('SIGKILL');
    }, job.timeLimitMs);
    child.stdout.on('data', job.onOutput);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(!overdue);
    });
  });
}
