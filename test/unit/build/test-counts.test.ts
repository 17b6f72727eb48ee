import { describe, expect, test } from 'vitest';
import { addCounts, closingLine, exitStatus, parseReport, suiteCounts } from '../../../build/test-counts.ts';

const good = { passed: 3, failed: 0, skipped: 1 };

describe('the counts of a run', () => {
  test('come from the reports of both runners, todo as skipped and flaky as failed', () => {
    const vitest = JSON.stringify({ numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 3, testResults: [] });
    expect(parseReport('vitest', vitest)).toEqual({ passed: 5, failed: 1, skipped: 5 });
    const playwright = JSON.stringify({ stats: { expected: 4, unexpected: 1, flaky: 2, skipped: 6, duration: 1.5 } });
    expect(parseReport('playwright', playwright)).toEqual({ passed: 4, failed: 3, skipped: 6 });
    expect(() => parseReport('vitest', '{}')).toThrow('numPassedTests');
  });

  test('count one failure more when the process ended badly and no test says why', () => {
    expect(suiteCounts(good, 0)).toEqual(good);
    expect(suiteCounts(good, 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
    expect(suiteCounts(good, null)).toEqual({ passed: 3, failed: 1, skipped: 1 });
    expect(suiteCounts(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(suiteCounts({ passed: 3, failed: 2, skipped: 0 }, 1)).toEqual({ passed: 3, failed: 2, skipped: 0 });
  });

  test('count a suite without tests as failed', () => {
    expect(suiteCounts({ passed: 0, failed: 0, skipped: 7 }, 0)).toEqual({ passed: 0, failed: 1, skipped: 7 });
  });

  test('decide the closing line and the exit status', () => {
    expect(closingLine(addCounts(good, { passed: 1, failed: 2, skipped: 0 }))).toBe('4 passed, 2 failed, 1 skipped');
    expect(exitStatus(good)).toBe(0);
    expect(exitStatus({ passed: 9, failed: 1, skipped: 0 })).toBe(1);
    expect(exitStatus({ passed: 0, failed: 0, skipped: 4 })).toBe(1);
  });
});
