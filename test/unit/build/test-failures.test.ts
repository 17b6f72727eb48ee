import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../build/bootstrap.mjs';
import { parseFailures } from '../../../build/test-failures.ts';

function vitestFile(name: string, status: string, assertionResults: readonly object[], message = ''): object {
  return { name: join(projectRoot, name), status, message, assertionResults };
}

test('vitest: each failed test, and a file that failed outside its tests', () => {
  const report = {
    testResults: [
      vitestFile('test/a.test.ts', 'failed', [
        { fullName: 'adds', status: 'passed', failureMessages: [] },
        { fullName: 'takes away', status: 'failed', failureMessages: ['\u001B[31mAssertionError: no\u001B[39m\n  at line 3'] },
      ]),
      vitestFile('test/b.test.ts', 'failed', [{ fullName: 'never ran', status: 'skipped' }], 'The helper ended\nmore'),
      vitestFile('test/c.test.ts', 'passed', [{ fullName: 'is well', status: 'passed', failureMessages: null }]),
    ],
  };
  expect(parseFailures('vitest', JSON.stringify(report))).toEqual([
    'test/a.test.ts > takes away: AssertionError: no',
    'test/b.test.ts: The helper ended',
  ]);
});

test('Playwright: failed and flaky tests of nested suites, and errors of no test', () => {
  const spec = (title: string, status: string, ...messages: readonly string[]): object => ({
    title,
    file: 'host.spec.ts',
    tests: [{ status, results: messages.length === 0 ? [{}] : messages.map((message) => ({ error: { message } })) }],
  });
  const report = {
    suites: [
      {
        specs: [spec('opens', 'expected')],
        suites: [{ specs: [spec('closes', 'unexpected', 'Error: late\ncall log'), spec('moves', 'flaky', 'Error: once')] }],
      },
    ],
    errors: [{ message: 'no browser' }],
  };
  expect(parseFailures('playwright', JSON.stringify(report))).toEqual([
    'host.spec.ts > closes: Error: late',
    'host.spec.ts > moves: Error: once',
    'no browser',
  ]);
});

test('what is no report is not taken for a good one', () => {
  expect(() => parseFailures('vitest', '{}')).toThrow('Invalid key');
  expect(() => parseFailures('playwright', '{}')).toThrow('Invalid key');
});
