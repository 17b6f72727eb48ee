/** How each file system is checked and repaired, and what the tools' statuses mean. Pure; the statuses are those of the tools' man pages. */
import type { CheckOutcome, RepairRefusal } from '../ipc/maintenance.ts';
import type { ToolName } from '../tools/tool-packages.ts';

/** How a tool finds a file system that does not begin at the start of the file. `null`: it cannot. */
type Reach = 'query' | 'option' | null;

export interface Checker {
  readonly program: ToolName;
  readonly reach: Reach;
  /** Words before the file. */
  readonly check: readonly string[];
  /** Each is tried until the tool says that nothing is left to repair; or why none is. */
  readonly repair: readonly (readonly string[])[] | RepairRefusal;
  /** Null: the tool itself failed. */
  readonly judge: (status: number) => 'clean' | 'damaged' | 'corrected' | null;
  /** The status with which it refuses to repair because of changes that were not replayed; only mounting does that. */
  readonly logUncleanStatus?: number;
}

/** e2fsck(8): a sum of bits. Where the damage keeps it from going on, it says 4 and 8. */
function judgeExt(status: number): ReturnType<Checker['judge']> {
  if ((status & ~15) !== 0) return null;
  if ((status & 4) !== 0) return 'damaged';
  if ((status & 8) !== 0) return null;
  return (status & 1) === 0 ? 'clean' : 'corrected';
}

/** fsck.fat(8), fsck.exfat(8): 1 is found and, when asked to, corrected. */
function judgeFat(status: number): ReturnType<Checker['judge']> {
  return status === 0 ? 'clean' : status === 1 ? 'damaged' : null;
}

const ext: Checker = {
  program: 'e2fsck',
  reach: 'query',
  // -C 1: how far it is, on standard output.
  check: ['-f', '-n', '-C', '1'],
  repair: [
    ['-f', '-p', '-C', '1'],
    ['-f', '-y', '-C', '1'],
  ],
  judge: judgeExt,
};

const checkers: Readonly<Record<string, Checker>> = {
  ext2: ext,
  ext3: ext,
  ext4: ext,
  xfs: {
    program: 'xfs_repair',
    reach: null,
    check: ['-n', '-f'],
    repair: [['-f']],
    judge: (status) => (status === 0 ? 'clean' : status === 1 ? 'damaged' : null),
    logUncleanStatus: 2,
  },
  btrfs: {
    program: 'btrfs',
    reach: null,
    check: ['check', '--readonly'],
    repair: 'btrfs',
    judge: (status) => (status === 0 ? 'clean' : 'damaged'),
  },
  vfat: { program: 'fsck.fat', reach: null, check: ['-n'], repair: [['-a', '-w']], judge: judgeFat },
  exfat: {
    program: 'fsck.exfat',
    reach: null,
    check: ['-n'],
    repair: [['-p'], ['-y']],
    judge: (status) => (status === 0 ? 'clean' : status === 1 ? 'corrected' : status === 4 ? 'damaged' : null),
  },
  ntfs: {
    program: 'ntfsfix',
    reach: null,
    check: ['-n'],
    repair: 'ntfs',
    judge: (status) => (status === 0 ? 'clean' : status === 1 ? 'damaged' : null),
  },
  // Reading everything is the check: each block has to unpack.
  squashfs: {
    program: 'unsquashfs',
    reach: 'option',
    check: ['-no-progress', '-strict-errors', '-pf', '/dev/null'],
    repair: 'read-only-format',
    judge: (status) => (status === 0 ? 'clean' : 'damaged'),
  },
  erofs: {
    program: 'fsck.erofs',
    reach: null,
    check: ['--extract'],
    repair: 'read-only-format',
    judge: (status) => (status === 0 ? 'clean' : 'damaged'),
  },
};

/** Null: nothing checks this type. */
export function checkerOf(type: string): Checker | null {
  return Object.hasOwn(checkers, type) ? (checkers[type] ?? null) : null;
}

/** The words that name the file system to the tool: the file, and where it begins in it. `file` is a path without a question mark. */
export function targetWords({ reach }: Checker, file: string, offsetBytes: bigint): readonly string[] {
  if (offsetBytes === 0n) return [file];
  return reach === 'query' ? [`${file}?offset=${offsetBytes}`] : ['-o', String(offsetBytes), file];
}

/** Why errors of this file system are not repaired, or null. */
export function refusalOf({ repair, reach }: Checker, partition: number | null): RepairRefusal | null {
  if (typeof repair === 'string') return repair;
  return partition !== null && reach === null ? 'partition' : null;
}

/** After a repair the file system is checked once more: only that says what is left. */
export function outcomeOf(before: 'clean' | 'damaged', after: 'clean' | 'damaged'): CheckOutcome {
  if (after === 'damaged') return 'partly-repaired';
  return before === 'clean' ? 'clean' : 'repaired';
}

/** Progress of e2fsck -C: pass, done, of how many. Null for any other line. */
export function parseExtProgress(line: string): number | null {
  const [, pass, done, total] = /^(\d) (\d+) (\d+) /u.exec(line) ?? [];
  if (pass === undefined || Number(total) === 0) return null;
  return (Number(pass) - 1 + Math.min(1, Number(done) / Number(total))) / 5;
}
