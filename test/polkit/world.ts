/**
 * A world with a real polkit, for one test file (world.sh says what is in it). Needs root, dbus-daemon, polkitd, pkexec,
 * python3 with dbus and gi, and loop devices; shares only the devices and the cgroup tree with the machine.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBuilder } from 'vite';
import { INSTALLED_FOLDER, type HelperFiles } from '../../electron/helper/helper-paths.ts';
import { Agent, UserProgram } from './world-programs.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '');
/** Where the world sees the checkout; users can read it there whatever lies above it outside. */
export const checkoutInside = '/run/platter-test/checkout';
/** A folder of the world for what tests make. */
export const folderInside = '/run/platter-test';

export const users = { root: 0, alice: 61_001, bob: 61_002, carol: 61_003 } as const;
export type UserName = keyof typeof users;

export const installedFiles: HelperFiles = {
  node: `${INSTALLED_FOLDER}/node`,
  script: `${INSTALLED_FOLDER}/helper.js`,
  launcher: `${INSTALLED_FOLDER}/platter-helper`,
};

/** How a session looks to polkit: at the screen, at the screen behind another one, or from far away. */
export type SessionKind = 'active' | 'inactive' | 'remote';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The helper as it is shipped, built once for all files of a run. */
async function buildHelper(folder: string): Promise<string> {
  const builder = await createBuilder({
    configFile: join(checkout, 'build/vite.config.ts'),
    logLevel: 'error',
    environments: { helper: { build: { outDir: folder } } },
  });
  const environment = builder.environments['helper'];
  if (environment === undefined) throw new Error('the build has no helper');
  await builder.build(environment);
  return join(folder, 'helper.js');
}

/** cgroup hierarchies that libsystemd reads and this machine lets us write. */
function findCgroupRoots(): readonly string[] {
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'].filter((root) => {
    if (!existsSync(`${root}/cgroup.procs`)) return false;
    try {
      accessSync(`${root}/cgroup.procs`, constants.W_OK);
      mkdirSync(`${root}/user.slice`, { recursive: true });
      return true;
    } catch {
      return false;
    }
  });
}

export class World {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #cgroups: readonly string[];
  readonly #programs = new Set<ChildProcess>();
  /** Of process 1 of the world, as seen from outside. */
  readonly #pid: number;

  private constructor(process: ChildProcess, folder: string, cgroups: readonly string[], pid: number) {
    this.#process = process;
    this.#folder = folder;
    this.#cgroups = cgroups;
    this.#pid = pid;
  }

  /** `packaged`: /usr of an unpacked package, or a .deb that dpkg installs, in place of the helper built here and what belongs to it. */
  static async create(packaged: string | null = null): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'platter-world-'));
    const bundle = packaged ?? (await buildHelper(folder));
    const cgroups = findCgroupRoots();
    const unshare = ['--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child'];
    const world = spawn('unshare', [...unshare, 'bash', join(checkout, 'test/polkit/world.sh'), checkout, bundle], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      world.stdout?.once('data', () => resolve());
      world.once('exit', (status) => reject(new Error(`the world could not be made (${status})`)));
    });
    const child = readFileSync(`/proc/${world.pid}/task/${world.pid}/children`, 'latin1').trim();
    const made = new World(world, folder, cgroups, Number(child));
    for (const user of ['alice', 'bob', 'carol'] as const) made.setSession(user, 'active');
    return made;
  }

  /** Ends everything in the world. */
  async destroy(): Promise<void> {
    for (const program of this.#programs) program.kill('SIGKILL');
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    this.#process.kill('SIGKILL');
    await ended;
    for (const root of this.#cgroups) {
      for (const uid of Object.values(users)) removeCgroups(`${root}/user.slice/user-${uid}.slice`);
    }
    rmSync(this.#folder, { recursive: true });
  }

  /** As as-user.sh takes them. */
  get cgroups(): string {
    return this.#cgroups.join(':');
  }

  /** Runs a command as root inside, to its end. */
  root(...command: readonly string[]): string {
    return execFileSync('nsenter', [...this.#enter(), '--', ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      // A hang must not outlive the test that hangs.
      timeout: 120_000,
    });
  }

  /** Runs a shell script as root inside. */
  rootShell(script: string): string {
    return this.root('bash', '-euc', script);
  }

  write(path: string, text: string): void {
    execFileSync('nsenter', [...this.#enter(), '--', 'dd', `of=${path}`, 'status=none'], { input: text });
  }

  /** Unmounts what is mounted below /run/media and detaches every device on a file of this world. Throws when one stays. */
  detachAll(): void {
    this.rootShell(`
      sed -nE 's:^([^ ]+ ){4}(/run/media/[^ ]+) .*:\\2:p' /proc/self/mountinfo | tac | while read -r place; do umount "$(printf '%b' "\${place//\\\\/\\\\0}")"; done
      ours() { losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^${folderInside}/" { print $1 }'; }
      # One may be the image of another.
      for try in 1 2 3; do ours | xargs -r -n1 losetup -d; done
      [ -z "$(ours)" ]`);
  }

  /**
   * What must be as before after every test (SECURITY.md e): devices with files of this world, mounts below /run/media and the folders for them,
   * records of the helper. A helper that starts puts right what others have left, so one has started before.
   */
  async census(): Promise<string> {
    const root = await this.user('root');
    const outcome = await root.start(installedFiles, true);
    if (outcome.kind !== 'ready') throw new Error(JSON.stringify(outcome));
    await root.end();
    return this.rootShell(`
      losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^${folderInside}/"'
      grep -o ' /run/media/[^ ]*' /proc/self/mountinfo || true
      find /run/media -mindepth 2 2>/dev/null || true
      find /run/platter -type f 2>/dev/null || true
      pgrep -f '^[^ ]*node .*helper[.]js' || true`);
  }

  /** What logind would say of the user's session. */
  setSession(user: UserName, kind: SessionKind): void {
    const uid = users[user];
    const active = kind !== 'inactive';
    const state = active ? 'active' : 'online';
    const seat = kind === 'remote' ? '' : `SEAT=seat-${user}\n`;
    const remote = kind === 'remote' ? 1 : 0;
    this.write(
      `/run/systemd/sessions/s${user}`,
      `UID=${uid}\nUSER=${user}\nACTIVE=${active ? 1 : 0}\nSTATE=${state}\nREMOTE=${remote}\nTYPE=wayland\nCLASS=user\n${seat}`,
    );
    this.write(`/run/systemd/users/${uid}`, `NAME=${user}\nSTATE=${state}\nDISPLAY=s${user}\nSESSIONS=s${user}\n`);
    if (kind !== 'remote') this.write(`/run/systemd/seats/seat-${user}`, `ACTIVE=s${user}\nACTIVE_UID=${uid}\nSESSIONS=s${user}\n`);
  }

  /** The command that runs `command` as a user, in that user's session. */
  #asUser(user: UserName, command: readonly string[]): string[] {
    if (user === 'root') return [...this.#enter(), '--', ...command];
    const scope = `session-s${user}.scope`;
    const script = `${checkoutInside}/test/polkit/as-user.sh`;
    return [...this.#enter(), '--', 'bash', script, String(users[user]), scope, this.cgroups, '--', ...command];
  }

  #enter(): string[] {
    return ['-t', String(this.#pid), '-m', '-p', '--wd'];
  }

  /** Runs a command as a user to its end. */
  async run(user: UserName, ...command: readonly string[]): Promise<Finished> {
    // Below a shell: pkexec wants a parent that it can see, and nsenter's is outside.
    const below = ['bash', '-c', '"$@"; exit $?', 'bash', ...command];
    const child = this.#track(spawn('nsenter', this.#asUser(user, below), { stdio: ['ignore', 'pipe', 'pipe'] }));
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString('utf8')));
    child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString('utf8')));
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status, stdout, stderr };
  }

  /** Starts the user's program; `wrapper` is a command that runs it in other surroundings. */
  async user(user: UserName, wrapper: readonly string[] = []): Promise<UserProgram> {
    const program = [`${checkoutInside}/node_modules/node/bin/node`, `${checkoutInside}/test/polkit/user-program.ts`];
    const child = this.#track(spawn('nsenter', this.#asUser(user, [...wrapper, ...program]), { stdio: ['pipe', 'pipe', 'inherit'] }));
    const made = new UserProgram(users[user], child);
    await made.ready;
    return made;
  }

  /** What runs a command as a user, in that user's session; for programs that somebody else starts. */
  commandAs(user: UserName, command: readonly string[]): readonly string[] {
    return ['nsenter', ...this.#asUser(user, command)];
  }

  /** Starts a program of a user's, to be spoken to by its standard input and output. */
  program(user: UserName, command: readonly string[]): ChildProcess {
    const home = user === 'root' ? '/root' : `${folderInside}/home/${user}`;
    const environment = ['env', `HOME=${home}`, `USER=${user}`];
    return this.#track(spawn('nsenter', this.#asUser(user, [...environment, ...command]), { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** An agent for the process of a user's program. */
  async agent(subject: { readonly pid: number; readonly uid: number }, mode: 'approve' | 'dismiss' | 'fail' | 'wait'): Promise<Agent> {
    const script = `${checkoutInside}/test/polkit/agent.py`;
    const command = ['/usr/bin/python3', '-I', script, String(subject.pid), String(subject.uid), mode];
    const child = this.#track(spawn('nsenter', [...this.#enter(), '--', ...command], { stdio: ['ignore', 'pipe', 'inherit'] }));
    const agent = new Agent(child);
    await agent.ready;
    return agent;
  }

  #track(child: ChildProcess): ChildProcess {
    this.#programs.add(child);
    child.once('exit', () => this.#programs.delete(child));
    return child;
  }
}

/** cgroup folders outlive the namespaces. Those of these test users are nobody else's. */
function removeCgroups(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroups(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EBUSY') throw error;
  }
}
