/** Runs commands inside the desktop machine as the people who use it: at the screen, behind it, from far away, and as no session at all. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than any command of a test takes here: a question that nobody answers must not hold up the run. */
const LIMIT_SECONDS = 240;
let scripts = 0;

export function uidOf(user: string): number {
  return Number(execFileSync('id', ['-u', user], { encoding: 'utf8' }));
}

export function homeOf(user: string): string {
  return `/home/${user}`;
}

/**
 * The words that run a command, which is in a file that everybody may read: systemd-run would expand what looks like a variable. The limit
 * is kept where the command runs: a unit goes on when the systemd-run that waits for it is ended, and holds its output open.
 */
function shell(command: string): readonly string[] {
  const folder = '/run/platter-scripts';
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  scripts += 1;
  const path = join(folder, `${process.pid}-${scripts}.sh`);
  writeFileSync(path, `export LC_ALL=C.UTF-8\n${command}\n`);
  chmodSync(path, 0o755);
  return ['timeout', '--kill-after=10', String(LIMIT_SECONDS), 'sh', path];
}

function run(words: readonly string[]): Finished {
  const [program = '', ...parameters] = words;
  const { status, stdout, stderr } = spawnSync(program, parameters, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
  });
  return { status, stdout, stderr };
}

/** As a program that the user started from his desktop: in his systemd, which has his session in front (or not). */
export function asSession(user: string, command: string): Finished {
  return run([...inUserManager(user), '--pipe', '--wait', '--collect', '-q', ...shell(command)]);
}

/** {@link asSession} for what starts another program and ends, as a file manager does: that program goes on. */
export function asDesktop(user: string, command: string): Finished {
  return run([...inUserManager(user), '--property=KillMode=process', '--pipe', '--wait', '--collect', '-q', ...shell(command)]);
}

/** The beginning of a `systemd-run --user` of that user. */
export function inUserManager(user: string): readonly string[] {
  const runtime = `/run/user/${uidOf(user)}`;
  const environment = [`XDG_RUNTIME_DIR=${runtime}`, `DBUS_SESSION_BUS_ADDRESS=unix:path=${runtime}/bus`, `HOME=${homeOf(user)}`];
  return [
    ...asUser(user),
    'env',
    '-i',
    'PATH=/usr/bin:/bin',
    ...environment,
    'systemd-run',
    '--user',
    `--working-directory=${homeOf(user)}`,
  ];
}

function asUser(user: string): readonly string[] {
  return ['setpriv', '--reuid', user, '--regid', user, '--init-groups', '--'];
}

/** As a service of the system that has the user's name, and no session. */
export function asService(user: string, command: string): Finished {
  const words = ['systemd-run', `--uid=${user}`, '--pipe', '--wait', '--collect', '-q', `--working-directory=${homeOf(user)}`];
  return run([...words, ...shell(command)]);
}

/** By ssh, from this machine to itself: a session without a seat. */
export function asRemote(user: string, command: string): Finished {
  startSsh(user);
  const options = ['-i', '/root/.ssh/test', '-o', 'StrictHostKeyChecking=no', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'];
  return run(['ssh', ...options, `${user}@127.0.0.1`, ...shell(command)]);
}

function startSsh(user: string): void {
  execFileSync('systemctl', ['start', 'ssh.service']);
  if (!existsSync('/root/.ssh/test')) {
    mkdirSync('/root/.ssh', { recursive: true, mode: 0o700 });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/test']);
  }
  const folder = join(homeOf(user), '.ssh');
  const key = readFileSync('/root/.ssh/test.pub', 'utf8');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'authorized_keys'), key);
  execFileSync('chown', ['-R', `${user}:`, folder]);
}

/** As root, who needs nobody's leave. */
export function asRoot(command: string): Finished {
  return run(shell(command));
}

/** Output of a command of root that must succeed. */
export function rootOutput(command: string): string {
  return succeeded(asRoot(command), command).trim();
}

/** What a command printed that must succeed; otherwise throws with all it said. */
export function succeeded({ status, stdout, stderr }: Finished, command = 'the command'): string {
  if (status !== 0) throw new Error(`${command}\nended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Puts the session of a console in front; resolves when logind says so. */
export function bringToFront(user: string): void {
  const session = rootOutput(`loginctl list-sessions --no-legend | awk '$3 == "${user}" && $4 == "seat0" { print $1; exit }'`);
  rootOutput(`loginctl activate ${session}; until [ "$(loginctl show-session -P Active ${session})" = yes ]; do :; done`);
}

/** A file in the user's home with a file system that holds one file with a greeting. */
export function makeImage(user: string, name: string, label: string, bytes = 16 * 1024 * 1024): string {
  const path = join(homeOf(user), name);
  rootOutput(`
    rm -rf /run/platter-tree; mkdir /run/platter-tree; echo hello > /run/platter-tree/file
    truncate -s ${bytes} '${path}'; mke2fs -q -t ext4 -L '${label}' -d /run/platter-tree '${path}'; chown ${user}: '${path}'`);
  return path;
}

/**
 * Attached images of people's homes, mounts below /run/media, folders there, and records of mounts and of what was begun: nothing
 * between two tests. The record of a device that went with its last mount is put right by the next helper.
 */
export function census(): readonly string[] {
  return rootOutput(`
    losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^/home/"'
    grep -o ' /run/media/[^ ]*' /proc/self/mountinfo || true
    ls -d /run/media/*/* /run/platter/pending/* /run/platter/mounts/* 2>/dev/null || true`)
    .split('\n')
    .filter((line) => line !== '');
}

/** What udev knows of a device, when it is done with it. */
export function propertiesOf(node: string): Map<string, string> {
  const lines = rootOutput(`udevadm settle; udevadm info --query=property ${node}`).split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** What `platter … --json` printed. */
export function parsed<Value>(finished: Finished): Value {
  return JSON.parse(succeeded(finished)) as Value;
}

/** The code of the error that `platter … --json` printed; `none` after success. */
export function errorCode({ status, stderr }: Finished): string {
  if (status === 0) return 'none';
  const line = stderr.split('\n').find((one) => one.startsWith('{'));
  if (line === undefined) return `no error line: ${stderr}`;
  return (JSON.parse(line) as { error: { code: string } }).error.code;
}
