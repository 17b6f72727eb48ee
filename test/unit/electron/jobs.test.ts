import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toErrorData } from '../../../electron/calls.ts';
import { AppError } from '../../../electron/ipc/errors.ts';
import type { Job } from '../../../electron/ipc/state.ts';
import { Jobs } from '../../../electron/jobs/jobs.ts';

const request = { title: { kind: 'attach', fileName: 'a.img' }, device: null, cancellable: true } as const;

function createJobs(): { jobs: Jobs; published: (readonly Job[])[]; last: () => readonly Job[] } {
  const published: (readonly Job[])[] = [];
  const jobs = new Jobs((list) => published.push(list), toErrorData);
  return { jobs, published, last: () => published.at(-1) ?? [] };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('jobs', () => {
  test('that end at once are never shown', async () => {
    const { jobs, published } = createJobs();
    await expect(jobs.run(request, async () => 'value')).resolves.toBe('value');
    vi.advanceTimersByTime(1000);
    expect(published).toEqual([]);
  });

  test('that take longer are shown while they run and kept as done until they are dismissed', async () => {
    const { jobs, last } = createJobs();
    const { promise, resolve } = Promise.withResolvers<string>();
    const running = jobs.run(request, async () => promise);
    vi.advanceTimersByTime(300);
    expect(last().map((job) => [job.title.fileName, job.state.kind, job.cancellable])).toEqual([['a.img', 'running', true]]);
    resolve('value');
    await running;
    expect(last().map((job) => [job.state.kind, job.cancellable])).toEqual([['done', false]]);
    jobs.dismiss(last()[0]?.id ?? 0);
    expect(last()).toEqual([]);
  });

  test('carry the reason when they fail and fail towards their caller as well', async () => {
    const { jobs, last } = createJobs();
    const { promise, reject } = Promise.withResolvers<string>();
    const running = jobs.run(request, async () => promise);
    vi.advanceTimersByTime(300);
    reject(new AppError('NO_SPACE'));
    await expect(running).rejects.toThrow('free space');
    expect(last()[0]?.state).toMatchObject({ kind: 'failed', error: { code: 'NO_SPACE' } });
  });

  test('are not begun any more once the program ends', async () => {
    const { jobs } = createJobs();
    await jobs.close();
    await expect(jobs.run(request, async () => 'value')).rejects.toMatchObject({ data: { code: 'SHUTTING_DOWN' } });
    expect(() => jobs.start(request, async () => undefined)).toThrow('ending');
  });

  test('that are cancelled stop by their signal and end as cancelled', async () => {
    const { jobs, last } = createJobs();
    const running = jobs.run(
      request,
      async (signal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new AppError('CANCELLED')));
        }),
    );
    vi.advanceTimersByTime(300);
    jobs.cancel(last()[0]?.id ?? 0);
    await expect(running).rejects.toThrow('cancelled');
    expect(last()[0]?.state).toEqual({ kind: 'cancelled' });
  });

  test('that do not exist, have ended or still run are neither cancelled nor dismissed', async () => {
    const { jobs, last } = createJobs();
    expect(() => jobs.cancel(1)).toThrow('no such job');
    const { promise, resolve } = Promise.withResolvers<null>();
    const running = jobs.run(request, async () => promise);
    vi.advanceTimersByTime(300);
    const id = last()[0]?.id ?? 0;
    expect(() => jobs.dismiss(id)).toThrow('no such job');
    resolve(null);
    await running;
    expect(() => jobs.cancel(id)).toThrow('no such job');
  });

  test('that ended are kept in a limited number', async () => {
    const { jobs, last } = createJobs();
    for (let round = 0; round < 60; round += 1) {
      const { promise, resolve } = Promise.withResolvers<null>();
      const running = jobs.run(request, async () => promise);
      vi.advanceTimersByTime(300);
      resolve(null);
      await running;
    }
    expect(last()).toHaveLength(50);
  });

  test('tell their steps, bytes and rate at most ten times a second', async () => {
    const { jobs, published, last } = createJobs();
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = jobs.run({ ...request, steps: ['read', 'write'] }, async (_signal, report) => {
      report({ bytesDone: 0n, bytesTotal: 4000n });
      await vi.advanceTimersByTimeAsync(2000);
      const before = published.length;
      for (let bytes = 1; bytes <= 100; bytes += 1) report({ bytesDone: BigInt(bytes) * 20n });
      await vi.advanceTimersByTimeAsync(99);
      expect(published.length).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(published.length).toBe(before + 1);
      expect(last()).toMatchObject([{ step: 0, bytesDone: '2000', bytesTotal: '4000', bytesPerSecond: '1000' }]);
      report({ step: 1 });
      await vi.advanceTimersByTimeAsync(100);
      expect(last()).toMatchObject([{ step: 1, bytesDone: null, bytesTotal: null, bytesPerSecond: null }]);
      await promise;
    });
    resolve();
    await running;
    expect(last()).toMatchObject([{ state: { kind: 'done' }, endedAt: Date.now() }]);
  });
});
