/** What programs are told of a job: the lines of `--json` and the events of `platter watch` (platter(1)). Names and fields stay. Pure. */
import type { Job } from '../ipc/state.ts';

export interface JobFacts {
  readonly kind: Job['title']['kind'];
  readonly fileName: string;
  readonly device: number | null;
  readonly cancellable: boolean;
  readonly steps: Job['steps'];
  readonly step: number;
  readonly bytesDone: string | null;
  readonly bytesTotal: string | null;
  readonly bytesPerSecond: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export function factsOf(job: Job): JobFacts {
  const { title, device, cancellable, steps, step, bytesDone, bytesTotal, bytesPerSecond, startedAt } = job;
  return { kind: title.kind, fileName: title.fileName, device, cancellable, steps, step, bytesDone, bytesTotal, bytesPerSecond, startedAt };
}
