/** Real images for tests of what is done to them, and the context of a command that nobody else sees. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { AppError, type AppErrorCode } from '../../../electron/ipc/errors.ts';
import type { JobProgress } from '../../../electron/jobs/jobs.ts';
import type { MaintenanceContext } from '../../../electron/maintenance/place.ts';

export const MIB = 1024 * 1024;

export interface Workshop {
  readonly folder: string;
  readonly context: MaintenanceContext;
  /** Of the job that ran last. */
  readonly reports: JobProgress[];
  readonly makeFile: (name: string, bytes: number) => string;
}

/** A folder and a worker for the tests of one file. */
export function useWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'platter-maintenance-'));
  const worker = new ImageWorker();
  const reports: JobProgress[] = [];
  afterAll(async () => {
    await worker.close();
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    reports,
    context: {
      worker,
      devices: [],
      jobs: {
        run: async (_request, work) => {
          reports.length = 0;
          return work(new AbortController().signal, (progress) => void reports.push(progress));
        },
      },
    },
    makeFile: (name, bytes) => {
      const path = join(folder, name);
      writeFileSync(path, '');
      truncateSync(path, bytes);
      return path;
    },
  };
}

/** Runs a program of the system; what it says on standard output. */
export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
}

/** LABEL and UUID as blkid(8) reads them. */
export function blkid(
  path: string,
  ...options: readonly string[]
): { readonly label: string | undefined; readonly uuid: string | undefined } {
  const lines = run('blkid', '-p', '-o', 'export', ...options, path).split('\n');
  const valueOf = (name: string): string | undefined =>
    lines
      .find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('\\', '');
  return { label: valueOf('LABEL'), uuid: valueOf('UUID') };
}

export async function codeOf(work: Promise<unknown>): Promise<AppErrorCode | 'done'> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof AppError) return error.data.code;
    throw error;
  }
}

/** How each file system is made, in a file of its own size. */
export const makers = {
  ext2: { bytes: 8 * MIB, make: (path: string) => run('mke2fs', '-q', '-t', 'ext2', path) },
  ext3: { bytes: 8 * MIB, make: (path: string) => run('mke2fs', '-q', '-t', 'ext3', path) },
  ext4: { bytes: 8 * MIB, make: (path: string) => run('mke2fs', '-q', '-t', 'ext4', path) },
  xfs: { bytes: 300 * MIB, make: (path: string) => run('mkfs.xfs', '-q', path) },
  btrfs: { bytes: 128 * MIB, make: (path: string) => run('mkfs.btrfs', '-q', path) },
  vfat: { bytes: 16 * MIB, make: (path: string) => run('mkfs.fat', path) },
  exfat: { bytes: 16 * MIB, make: (path: string) => run('mkfs.exfat', path) },
  ntfs: { bytes: 16 * MIB, make: (path: string) => run('mkntfs', '-q', '-F', path) },
  swap: { bytes: 8 * MIB, make: (path: string) => run('mkswap', path) },
} as const;
