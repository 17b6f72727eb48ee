/** What test runners report, reduced to three numbers. */
import * as v from 'valibot';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The line that ends every run. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Good is a run in which something ran and nothing failed. */
export function exitStatus({ passed, failed }: Counts): 0 | 1 {
  return failed === 0 && passed > 0 ? 0 : 1;
}

const number = v.pipe(v.number(), v.integer(), v.minValue(0));
const vitestReport = v.object({ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number });
const playwrightReport = v.object({ stats: v.object({ expected: number, unexpected: number, flaky: number, skipped: number }) });

/** Reads a report of vitest's or Playwright's JSON reporter; throws when it is neither. A flaky test counts as failed. */
export function parseReport(runner: 'vitest' | 'playwright', text: string): Counts {
  const report: unknown = JSON.parse(text);
  switch (runner) {
    case 'vitest': {
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = v.parse(vitestReport, report);
      return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
    }
    case 'playwright': {
      const { expected, unexpected, flaky, skipped } = v.parse(playwrightReport, report).stats;
      return { passed: expected, failed: unexpected + flaky, skipped };
    }
  }
}

/** How the runner's process ended: its status, null for a signal or a time limit. */
export type Ending = number | null;

/**
 * Counts of a suite: the report, and one failure more where the process did not end well although no test failed (a file that
 * does not load, an error outside tests, a crash, no report) or where it ran no test at all.
 */
export function suiteCounts(report: Counts | null, ending: Ending): Counts {
  const counts = report ?? noCounts;
  const ranNothing = counts.passed + counts.failed === 0;
  const unexplained = counts.failed === 0 && (report === null || ending !== 0);
  return ranNothing || unexplained ? addCounts(counts, { passed: 0, failed: 1, skipped: 0 }) : counts;
}
