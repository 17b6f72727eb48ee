/**
 * One test machine: a Debian kernel under QEMU without KVM, with this machine's own files (read-only, under a tmpfs) as
 * its root. Runs one command, streams what it prints, brings back its exit status and files, and never outlives its time.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideInitramfs } from './initramfs.ts';
import { provideKernel, type KernelName } from './kernel-package.ts';

export interface MachineJob {
  readonly kernel: KernelName;
  /** A shell script; it sees the host's files at their own paths and leaves results in /run/vm/files. */
  readonly script: string;
  readonly timeLimitMs: number;
  readonly memoryMebibytes?: number;
  /** Where /run/vm/files goes when the job has ended; left out: thrown away. */
  readonly filesTarget?: string;
  readonly onOutput: (chunk: Buffer) => void;
  /** A shell for a person instead of a script: standard input is passed on. */
  readonly interactive?: boolean;
}

export type MachineResult =
  | { readonly kind: 'ended'; readonly status: number; readonly consoleLog: string }
  | { readonly kind: 'time-limit' | 'died'; readonly consoleLog: string };

function qemuArguments(job: MachineJob, jobFolder: string): readonly string[] {
  const kernel = provideKernel(job.kernel);
  const share = (tag: string, path: string, readOnly: boolean): string[] => [
    '-virtfs',
    `local,path=${path},mount_tag=${tag},security_model=none,multidevs=remap${readOnly ? ',readonly=on' : ''}`,
  ];
  return [
    ...['-accel', 'tcg,thread=multi', '-M', 'q35', '-cpu', 'max,avx2=off', '-smp', '2', '-m', `${job.memoryMebibytes ?? 2048}M`],
    ...['-nodefaults', '-display', 'none', '-net', 'none', '-no-reboot', '-device', 'virtio-rng-pci'],
    ...['-serial', `file:${join(jobFolder, 'console.log')}`, '-serial', 'stdio'],
    ...['-kernel', kernel.imagePath, '-initrd', provideInitramfs(kernel)],
    ...['-append', 'console=ttyS0 panic=-1 mitigations=off tsc=reliable no_timer_check quiet'],
    ...share('host', '/', true),
    ...share('modules', join(kernel.root, 'lib/modules', kernel.release), true),
    ...share('job', jobFolder, false),
  ];
}

/** Boots, runs, powers off. The console log is read in any case; the machine is killed at the time limit. */
export async function runInMachine(job: MachineJob): Promise<MachineResult> {
  const jobFolder = mkdtempSync(join(tmpdir(), 'platter-vm-'));
  try {
    mkdirSync(join(jobFolder, 'files'));
    copyFileSync(new URL('guest-init.sh', import.meta.url), join(jobFolder, 'guest-init.sh'));
    writeFileSync(join(jobFolder, 'job.sh'), job.script);
    if (job.interactive === true) writeFileSync(join(jobFolder, 'interactive'), '');
    const ended = await runQemu(job, jobFolder);
    const read = (name: string): string => (existsSync(join(jobFolder, name)) ? readFileSync(join(jobFolder, name), 'utf8') : '');
    const consoleLog = read('console.log');
    if (job.filesTarget !== undefined) cpSync(join(jobFolder, 'files'), job.filesTarget, { recursive: true });
    if (!ended) return { kind: 'time-limit', consoleLog };
    const status = read('status').trim();
    return status === '' ? { kind: 'died', consoleLog } : { kind: 'ended', status: Number(status), consoleLog };
  } finally {
    rmSync(jobFolder, { recursive: true, force: true });
  }
}

/** Resolves with false when the time limit ended the machine. */
function runQemu(job: MachineJob, jobFolder: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-x86_64', qemuArguments(job, jobFolder), {
      stdio: [job.interactive === true ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      child.kill('SIGKILL');
    }, job.timeLimitMs);
    const killChild = (): void => void child.kill('SIGKILL');
    process.once('exit', killChild);
    child.stdout.on('data', job.onOutput);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      process.off('exit', killChild);
      resolve(!overdue);
    });
  });
}
