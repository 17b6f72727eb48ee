import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { JobFiles, jobsFolder } from '../../../electron/jobs/job-files.ts';
import { sampleJob } from '../../fakes/sample-jobs.ts';

const job = sampleJob(1, { kind: 'hash', fileName: 'a.img' }, { bytesTotal: '100', startedAt: 1 });
let runtime = '';

beforeEach(() => {
  runtime = mkdtempSync(join(tmpdir(), 'platter-job-files-'));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(runtime, { recursive: true });
});

const folder = (): string => join(runtime, 'platter/jobs');
const seen = (): readonly unknown[] =>
  readdirSync(folder()).map((name) => JSON.parse(readFileSync(join(folder(), name), 'utf8')) as unknown);

describe('the files of jobs', () => {
  test('are there from the start, written anew twice a second at most, and gone at the end', () => {
    const files = new JobFiles(jobsFolder({ XDG_RUNTIME_DIR: runtime }));
    files.publish([job]);
    expect(seen()).toMatchObject([{ kind: 'hash', fileName: 'a.img', bytesDone: null }]);
    expect([statSync(folder()).mode & 0o777, ...readdirSync(folder()).map((name) => statSync(join(folder(), name)).mode & 0o777)]).toEqual([
      0o700, 0o600,
    ]);
    for (let bytes = 1; bytes <= 9; bytes += 1) {
      vi.advanceTimersByTime(50);
      files.publish([{ ...job, bytesDone: String(bytes) }]);
      expect(seen()).toMatchObject([{ bytesDone: null }]);
    }
    vi.advanceTimersByTime(50);
    expect(seen()).toMatchObject([{ bytesDone: '9' }]);
    files.publish([{ ...job, state: { kind: 'done' } }]);
    expect(seen()).toEqual([]);
    vi.advanceTimersByTime(2000);
    files.publish([{ ...job, state: { kind: 'done' } }]);
    expect(seen()).toEqual([]);
  });

  test('have names of their own, also those of two lists', () => {
    for (const files of [new JobFiles(folder()), new JobFiles(folder())]) files.publish([job, { ...job, id: 2 }]);
    expect(seen()).toHaveLength(4);
  });

  test('are left out where there is no folder of the session, or none that this user may have', () => {
    expect(jobsFolder({ XDG_RUNTIME_DIR: join(runtime, 'missing') })).toBeNull();
    writeFileSync(join(runtime, 'file'), '');
    expect(jobsFolder({ XDG_RUNTIME_DIR: join(runtime, 'file') })).toBeNull();
    new JobFiles(null).publish([job]);
    // Nothing fails because nobody can be told.
    mkdirSync(join(runtime, 'platter'));
    writeFileSync(folder(), 'in the way');
    const files = new JobFiles(folder());
    files.publish([job]);
    files.publish([{ ...job, state: { kind: 'done' } }]);
    expect(readFileSync(folder(), 'utf8')).toBe('in the way');
  });
});
