import { describe, expect, test } from 'vitest';
import type { Job } from '../../../electron/ipc/state.ts';
import { JobAttention, toPlainName } from '../../../electron/jobs/job-attention.ts';
import { sampleJob } from '../../fakes/sample-jobs.ts';

const running = sampleJob(1, { kind: 'create', fileName: 'disk.img' }, { startedAt: 0 });
const failed = { kind: 'failed', error: { code: 'NO_SPACE', message: 'full' } } as const;

function watch(isInFront = false): {
  readonly update: (...jobs: readonly Job[]) => void;
  readonly told: string[];
  readonly work: unknown[];
} {
  const told: string[] = [];
  const work: unknown[] = [];
  const attention = new JobAttention({
    isInFront: () => isInFront,
    notify: (title, text) => void told.push(`${title}: ${text}`),
    showWork: (part) => void work.push(part),
  });
  return { update: (...jobs) => attention.update(jobs), told, work };
}

describe('outside of the window', () => {
  test('the end of a long job is told once, that of a short one not', () => {
    const { update, told } = watch();
    update(running, { ...running, id: 2 });
    update({ ...running, state: { kind: 'done' }, endedAt: 10_001 }, { ...running, id: 2, state: { kind: 'done' }, endedAt: 10_000 });
    update({ ...running, state: { kind: 'done' }, endedAt: 10_001 });
    expect(told).toEqual(['Image created: disk.img']);
  });

  test('a failure is told however short, a job that was called off never', () => {
    const { update, told } = watch();
    update(running, { ...running, id: 2 });
    update({ ...running, state: failed, endedAt: 5 }, { ...running, id: 2, state: { kind: 'cancelled' }, endedAt: 60_000 });
    expect(told).toEqual(['The image could not be created: disk.img']);
  });

  test('what was found in an image is told, and trouble however short it took', () => {
    const { update, told } = watch();
    const check: Job = { ...running, title: { kind: 'check', fileName: 'disk.img' } };
    const hash: Job = { ...running, id: 2, title: { kind: 'hash', fileName: 'a.iso' } };
    update(check, hash, { ...check, id: 3 });
    update(
      { ...check, state: { kind: 'done' }, endedAt: 5, result: { kind: 'check', outcome: 'damaged' } },
      { ...hash, state: { kind: 'done' }, endedAt: 5, result: { kind: 'verify', outcome: 'differs' } },
      { ...check, id: 3, state: { kind: 'done' }, endedAt: 10_001, result: { kind: 'check', outcome: 'clean' } },
    );
    expect(told).toEqual([
      'Errors found in the file system: disk.img',
      'The image is not the expected one: a.iso',
      'No errors found in the file system: disk.img',
    ]);
  });

  test('nothing is told while the window is in front, or of what had ended before', () => {
    const front = watch(true);
    front.update(running);
    front.update({ ...running, state: failed, endedAt: 60_000 });
    const late = watch();
    late.update({ ...running, state: failed, endedAt: 60_000 });
    expect([front.told, late.told]).toEqual([[], []]);
  });

  test('the launcher shows the part that is done, of all jobs that know theirs', () => {
    const { update, work } = watch();
    update(running);
    update({ ...running, bytesDone: '1', bytesTotal: '4' }, { ...running, id: 2, bytesDone: '3', bytesTotal: '4' }, { ...running, id: 3 });
    update({ ...running, state: { kind: 'done' }, endedAt: 1 });
    expect(work).toEqual(['unknown', 0.5, null]);
  });
});

test('a name in a notification is text, whatever it looks like', () => {
  expect(toPlainName('<b>a&b\u202E\n.img')).toBe('\ufffdb\ufffda\ufffdb\ufffd\ufffd.img');
});
