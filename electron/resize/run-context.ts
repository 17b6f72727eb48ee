/** What carrying out a resize works with, and what it tells. Main process and command line. */
import type { HelperCall } from './device-side.ts';

export interface RunContext {
  readonly session: HelperCall;
  readonly signal: AbortSignal;
  /** A step begins; later, how far it is. */
  readonly onProgress: (progress: StepProgress) => void | Promise<void>;
}

export interface StepProgress {
  readonly step: number;
  readonly phase: 'begin' | 'bytes' | 'end';
  readonly bytesDone?: bigint;
  readonly bytesTotal?: bigint;
  /** The signal still calls the resize off: within this step or after it. */
  readonly cancellable: boolean;
}
