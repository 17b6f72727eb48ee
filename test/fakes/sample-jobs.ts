/** Jobs as main publishes them. */
import type { Job } from '../../electron/ipc/state.ts';

/** One that has just begun, but for what is said. */
export function sampleJob(id: number, title: Job['title'], facts: Partial<Omit<Job, 'id' | 'title'>> = {}): Job {
  return {
    id,
    title,
    device: null,
    image: null,
    state: { kind: 'running' },
    cancellable: true,
    steps: [],
    step: 0,
    bytesDone: null,
    bytesTotal: null,
    bytesPerSecond: null,
    startedAt: Date.now(),
    endedAt: null,
    result: null,
    ...facts,
  };
}
