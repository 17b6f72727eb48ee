/**
 * The hidden folders in which new files are made, and those that a killed program left behind: the name says which process works
 * there, so that the next one can clear away what nobody works in any more. Main process and command line.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';

const PATTERN = /^\.platter-(?<machine>[0-9a-f]{8})-(?<boot>[0-9a-f]{8})-(?<pid>[1-9][0-9]*)-(?<started>[0-9]+)-[0-9a-f]{16}$/u;

interface Place {
  /** Of the machine and its process numbers: the folder may lie on a share, where others work too. */
  readonly machine: string;
  readonly boot: string;
}

let place: Place | null = null;

function ownPlace(): Place {
  place ??= {
    machine: createHash('sha256').update(readOr('/etc/machine-id', '')).update(readlinkSync('/proc/self/ns/pid')).digest('hex').slice(0, 8),
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8),
  };
  return place;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return otherwise;
  }
}

/** A new name, for this process. */
export function workFolderName(): string {
  const { machine, boot } = ownPlace();
  const started = parseStart(readFileSync('/proc/self/stat', 'latin1'));
  return `.platter-${machine}-${boot}-${process.pid}-${started}-${randomBytes(8).toString('hex')}`;
}

/** Removes such folders of processes of this machine that are gone. What cannot be removed is left. */
export async function removeAbandoned(folder: Buffer): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!(await isAbandoned(name))) continue;
    const path = Buffer.concat([folder, Buffer.from(`/${name}`)]);
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isAbandoned(name: string): Promise<boolean> {
  const found = PATTERN.exec(name)?.groups;
  const own = ownPlace();
  if (found === undefined || found['machine'] !== own.machine) return false;
  const { pid = '', started = '' } = found;
  return found['boot'] !== own.boot || (await startOf(pid)) !== started;
}

/** Null where there is no such process. */
async function startOf(pid: string): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  return text === null ? null : parseStart(text);
}

/** Field 22 of proc_pid_stat(5), counted from behind the name, which may hold anything. */
function parseStart(text: string): string {
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
