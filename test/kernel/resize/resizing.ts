/** Resizing in tests as the command line does it: a real helper, a real image worker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { readDevices } from '../../../electron/cli/in-process-reader.ts';
import { openActingSession, type Session } from '../../../electron/cli/session.ts';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import type { ResizeFacts, ResizeOutcome, ResizePlace, ResizeWish } from '../../../electron/ipc/resize.ts';
import { readFacts } from '../../../electron/resize/facts.ts';
import { finishResize, resize, type ResizeContext, type ResizeSubject } from '../../../electron/resize/resize.ts';
import type { StepProgress } from '../../../electron/resize/run-context.ts';
import { findSubject } from './find-subject.ts';

export interface Resizing {
  readonly session: Session;
  readonly subject: (path: string) => Promise<ResizeSubject>;
  readonly facts: (path: string) => Promise<ResizeFacts>;
  readonly run: (path: string, wish: ResizeWish, options?: RunOptions) => Promise<ResizeOutcome>;
  readonly finish: (path: string, how: 'continue' | 'undo', signal?: AbortSignal) => Promise<ResizeOutcome>;
}

export interface RunOptions {
  readonly place?: ResizePlace | null;
  readonly reserve?: boolean;
  readonly onProgress?: (progress: StepProgress) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** For all tests of a file; needs root. */
export function useResizing(): Resizing {
  const worker = new ImageWorker({ limitMs: 60_000, firstLimitMs: 60_000 });
  let session: Session;
  beforeAll(async () => {
    session = await openActingSession();
  });
  afterAll(async () => {
    await Promise.all([session.close(), worker.close()]);
  });
  const context = ({ onProgress = () => undefined, signal = new AbortController().signal }: RunOptions = {}): ResizeContext => ({
    session,
    worker,
    devices: () => readDevices().devices,
    signal,
    onProgress,
  });
  const subject = async (path: string): Promise<ResizeSubject> => findSubject(session, path);
  return {
    get session() {
      return session;
    },
    subject,
    facts: async (path) => readFacts({ worker, device: (await subject(path)).device }, Buffer.from(path)),
    run: async (path, wish, options = {}) => {
      const { place = null, reserve = false } = options;
      return resize(context(options), await subject(path), { wish, place, reserve });
    },
    finish: async (path, how, signal = new AbortController().signal) => finishResize(context({ signal }), await subject(path), how),
  };
}

/** True when this kernel can grow a mounted ext4 for us: CAP_SYS_RESOURCE, capability 24. */
export function mayGrowExt4(): boolean {
  const bits = /^CapEff:\t(?<bits>\w+)$/mu.exec(readFileSync('/proc/self/status', 'latin1'))?.groups?.['bits'];
  return ((BigInt(`0x${bits}`) >> 24n) & 1n) === 1n;
}

/** Names of what a resize saved beside the image. */
export function leftovers(path: string): readonly string[] {
  return readdirSync(dirname(path)).filter((name) => name.includes('platter-undo'));
}

export interface Killing {
  readonly step: number;
  /** After the step began. */
  readonly delayMs: number;
  readonly place?: ResizePlace | null;
  readonly beforeKill?: () => void;
}

/** Runs a resize in a process of its own and kills that within a step, or a little later. */
export async function killedWithin(path: string, change: ResizeWish, { step, delayMs, place = null, beforeKill }: Killing): Promise<void> {
  const script = join(import.meta.dirname, 'killed-resize.ts');
  // What it says when it could not go on, or was done before, is nobody's concern.
  const phase = delayMs === 0 ? 'hold' : 'within';
  const words = [script, path, JSON.stringify(change), String(step), phase, JSON.stringify(place)];
  const child = spawn(projectNode, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  for await (const chunk of child.stdout) if (String(chunk).includes(`begins ${step}\n`)) break;
  await setTimeout(delayMs);
  beforeKill?.();
  child.kill('SIGKILL');
  await ended;
}

/** Runs a resize in a process of its own that kills itself there. */
export async function killedAt(path: string, change: ResizeWish, step: number, phase: string): Promise<void> {
  const script = join(import.meta.dirname, 'killed-resize.ts');
  const child = spawn(projectNode, [script, path, JSON.stringify(change), String(step), phase], { stdio: 'inherit' });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_status, killedBy) => resolve(killedBy));
  });
  expect(signal).toBe('SIGKILL');
}
