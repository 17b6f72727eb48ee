/**
 * Runs a program of the system with the user's rights: the one place where that happens (SECURITY.md trap 2: no shell, an argument
 * vector). Main process and command line.
 */
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { AppError } from '../ipc/errors.ts';
import { findBesideHelper, type ProgramFiles } from '../helper/beside-helper.ts';
import { findTool } from './find-tool.ts';
import { toolPackages, type ToolName } from './tool-packages.ts';
import { startTool, ToolEnding, type Confinement, type ToolPaths } from './tool-process.ts';

export interface ToolRequest extends ProgramRequest {
  readonly program: ToolName;
  /** The tool cannot change the length of a file: it thinks that it has (electron/image-worker/keep-length.ts). */
  readonly keepsLengths?: boolean;
}

export interface ProgramRequest {
  /** Names of files go in as {@link pathArgument} or {@link descriptorArgument}, never as they are. */
  readonly args: readonly string[];
  readonly signal?: AbortSignal;
  readonly timeLimitMs: number;
  /** RLIMIT_DATA; 2 GiB unless said otherwise. */
  readonly memoryBytes?: number;
  /** Become 3, 4 and so on in the tool; stay the caller's. */
  readonly descriptors?: readonly number[];
  /** Written to the tool's standard input. */
  readonly input?: string | Uint8Array;
  /** A descriptor in place of standard input or output. Then `stdout` of the result is empty. */
  readonly stdin?: number;
  readonly stdout?: number;
  /** Chunks as they come, not lines; what is listened to is collected all the same. */
  readonly onStdout?: (chunk: Buffer) => void;
  readonly onStderr?: (chunk: Buffer) => void;
  /** The process of the tool, as soon as it is there. */
  readonly onStart?: (pid: number) => void;
  /** Folder it runs in, absolute; `/` unless said otherwise. */
  readonly folder?: string;
}

export interface ToolResult {
  /** 128 and the signal's number where a signal ended it, as shells say it. */
  readonly status: number;
  /** The first mebibytes. */
  readonly stdout: string;
  /** The last kibibytes. */
  readonly stderr: string;
}

const STDOUT_KEPT_BYTES = 8 * 1024 * 1024;
const STDERR_KEPT_BYTES = 64 * 1024;

/**
 * Resolves with whatever status the tool has. Throws TOOL_MISSING, TOOL_TIMEOUT, CANCELLED (when `signal` fires; the tool and what it
 * started have ended then), TOOL_FAILED where it cannot be started.
 */
export async function runTool(request: ToolRequest): Promise<ToolResult> {
  return runProgram(findAll(request), request, toolFacts(request.program));
}

/** A program of ours (helper/beside-helper.ts) with the same restrictions; `words` of its own come after its script. Throws as {@link runTool}. */
export async function runOwnProgram({ node, script }: ProgramFiles, request: ProgramRequest): Promise<ToolResult> {
  const args = ['--max-old-space-size=64', script, ...request.args];
  return runProgram({ ...findConfinement(), program: node }, { ...request, args }, {});
}

/** Throws TOOL_MISSING. */
export function findConfinement(): Confinement {
  return { setpriv: expectTool('setpriv'), prlimit: expectTool('prlimit') };
}

type ToolFacts = ReturnType<typeof toolFacts> | Record<never, never>;

async function runProgram(paths: ToolPaths, request: ProgramRequest, facts: ToolFacts): Promise<ToolResult> {
  const { signal, timeLimitMs } = request;
  if (signal?.aborted === true) throw new AppError('CANCELLED');
  const child = startTool(paths, request);
  if (child.pid !== undefined) request.onStart?.(child.pid);
  const ending = new ToolEnding(child);
  const output = collectOutput(child, request);
  let stopped: 'CANCELLED' | 'TOOL_TIMEOUT' | null = null;
  const stop = (reason: 'CANCELLED' | 'TOOL_TIMEOUT'): void => {
    stopped ??= reason;
    ending.stop();
  };
  const cancel = (): void => stop('CANCELLED');
  signal?.addEventListener('abort', cancel);
  const limit = setTimeout(() => stop('TOOL_TIMEOUT'), timeLimitMs);
  try {
    const end = await ending.ended;
    if (stopped !== null || end === 'hangs') throw new AppError(stopped ?? 'TOOL_TIMEOUT', facts);
    const status = end.signal === null ? (end.status ?? 0) : 128 + constants.signals[end.signal];
    return { status, ...output() };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('TOOL_FAILED', { ...facts, details: String(error) }, { cause: error });
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener('abort', cancel);
  }
}

/** Gives the tool its input and keeps what it says, up to what anybody reads. */
function collectOutput(child: ChildProcess, { input, onStdout, onStderr }: ProgramRequest): () => Pick<ToolResult, 'stdout' | 'stderr'> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let stdoutBytes = 0;
  let stderrBytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    if (stdoutBytes < STDOUT_KEPT_BYTES) stdout.push(chunk);
    stdoutBytes += chunk.length;
    onStdout?.(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
    stderrBytes += chunk.length;
    while (stderrBytes - (stderr[0]?.length ?? 0) > STDERR_KEPT_BYTES) stderrBytes -= stderr.shift()?.length ?? 0;
    onStderr?.(chunk);
  });
  // A tool that does not read its input to the end has its reasons.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return () => ({ stdout: textOf(stdout), stderr: textOf(stderr) });
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

function findAll({ program, keepsLengths = false, descriptors = [] }: ToolRequest): ToolPaths {
  const paths = { ...findConfinement(), program: expectTool(program) };
  if (!keepsLengths) return paths;
  const keeper = findBesideHelper('keep-length');
  if (keeper === null) throw new AppError('TOOL_FAILED', { ...toolFacts(program), details: 'keep-length is not installed' });
  return { ...paths, through: [keeper.node, '--max-old-space-size=64', keeper.script, String(descriptors.length)] };
}

/** Throws TOOL_MISSING, which names the program and the package that has it. */
export function expectTool(program: ToolName): string {
  const path = findTool(program);
  if (path === null) throw new AppError('TOOL_MISSING', toolFacts(program));
  return path;
}

function toolFacts(program: ToolName): { readonly tool: { readonly program: string; readonly package: string } } {
  return { tool: { program, package: toolPackages[program] } };
}

/** The error for a tool that ended with a status it should not have: its last words are the details. */
export function toolFailure(program: ToolName, { status, stdout, stderr }: ToolResult): AppError {
  const said = stderr.trim() === '' ? stdout : stderr;
  return new AppError('TOOL_FAILED', {
    ...toolFacts(program),
    details: `${program} ended with ${status}\n${said.trim().slice(-4000)}`.trim(),
  });
}

/** A path as a word of the command: absolute, so that it cannot be taken for an option. Throws for any other. */
export function pathArgument(path: string): string {
  if (!path.startsWith('/') || path.includes('\0')) throw new TypeError('a path for a tool has to be absolute');
  return path;
}

/** The file open as the `index`th of the request's descriptors: for every name there is, also those that are not UTF-8. */
export function descriptorArgument(index: number): string {
  return `/proc/self/fd/${3 + index}`;
}
