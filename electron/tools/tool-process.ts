/** The process of one run of a tool, with its group, its limits and what it says. Main process and command line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { totalmem } from 'node:os';
import { withNothingInherited } from '../hosts/inherited-descriptors.ts';
import type { ProgramRequest } from './run-tool.ts';

/** How long a tool may take to end in its own way once it was asked to. */
const GRACE_MS = 3000;
/** A process that the kernel holds cannot be waited for. */
const HANGING_MS = 5000;

const DEFAULT_MEMORY_BYTES = 2 * 1024 ** 3;
/**
 * For tools that keep tables of a whole file system, or have a thread for each processor: most of what this machine has, so that an image
 * that was made to be expensive ends its tool and nothing else.
 */
export const LARGE_MEMORY_BYTES = Math.max(DEFAULT_MEMORY_BYTES, Math.floor((totalmem() * 3) / 4));

/** Where setpriv(1), prlimit(1) and the tool itself are. */
export interface ToolPaths extends Confinement {
  readonly program: string;
  /** Words before the program: what turns itself into it. */
  readonly through?: readonly string[];
}

/** What every program that works on an image is started through. */
export interface Confinement {
  readonly setpriv: string;
  readonly prlimit: string;
}

/** Words of setpriv(1): no new privileges, killed with this program, memory limited, no dumps. */
export function confine({ prlimit }: Confinement, memoryBytes = DEFAULT_MEMORY_BYTES): readonly string[] {
  return ['--no-new-privs', '--pdeathsig', 'KILL', prlimit, `--data=${memoryBytes}`, '--core=0'];
}

/**
 * Starts the tool in a session and process group of its own: no new privileges, no dumps, memory limited, no descriptor of this
 * program but those of the request, and killed with this program.
 */
export function startTool(paths: ToolPaths, request: ProgramRequest): ChildProcess {
  const { args, memoryBytes, descriptors = [], input, stdin, stdout } = request;
  const words = [...confine(paths, memoryBytes), ...(paths.through ?? []), paths.program, ...args];
  const first = input === undefined ? (stdin ?? 'ignore') : 'pipe';
  return withNothingInherited([first, stdout ?? 'pipe', 'pipe', ...descriptors], (stdio) =>
    spawn(paths.setpriv, words, { stdio, detached: true, cwd: request.folder ?? '/', env: environment() }),
  );
}

/** Nothing of the user's: tools read options from it. UTF-8, or some refuse labels that are not ASCII; the language is that of C. */
function environment(): NodeJS.ProcessEnv {
  const temporary = process.env['TMPDIR'];
  return { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...(temporary === undefined ? {} : { TMPDIR: temporary }) };
}

/** How a process ended; `hangs` where the kernel does not let it. */
export type ToolEnd = { readonly status: number | null; readonly signal: NodeJS.Signals | null } | 'hangs';

/** Resolves when the process and everything that writes to its pipes have ended; rejects where it could not be started. */
export class ToolEnding {
  readonly ended: Promise<ToolEnd>;
  readonly #child: ChildProcess;
  readonly #timers: NodeJS.Timeout[] = [];
  #giveUp: (end: ToolEnd) => void = () => undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = new Promise<ToolEnd>((resolve, reject) => {
      this.#giveUp = resolve;
      child.once('error', reject);
      // What a tool left behind in its group would keep the pipes open.
      child.once('exit', () => this.#signal('SIGKILL'));
      child.once('close', (status, signal) => resolve({ status, signal }));
    }).finally(() => this.#timers.forEach((timer) => clearTimeout(timer)));
  }

  /** Asks the whole group to end, and makes it when it does not. */
  stop(): void {
    if (this.#timers.length > 0) return;
    this.#signal('SIGTERM');
    const kill = setTimeout(() => {
      this.#signal('SIGKILL');
      this.#timers.push(setTimeout(() => this.#giveUp('hangs'), HANGING_MS));
    }, GRACE_MS);
    this.#timers.push(kill);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}
