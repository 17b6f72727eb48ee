/** The failed tests of a runner's report, each as a line for the end of a run: its start may have scrolled away by then. */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as v from 'valibot';
import { projectRoot } from './bootstrap.mjs';

const vitestReport = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      message: v.optional(v.string(), ''),
      assertionResults: v.array(
        v.object({ fullName: v.string(), status: v.string(), failureMessages: v.optional(v.nullable(v.array(v.string()), []), []) }),
      ),
    }),
  ),
});

const playwrightError = v.object({ message: v.optional(v.string()) });
const playwrightSpec = v.object({
  title: v.string(),
  file: v.string(),
  tests: v.array(v.object({ status: v.string(), results: v.array(v.object({ error: v.optional(playwrightError) })) })),
});
type PlaywrightSpec = v.InferOutput<typeof playwrightSpec>;

interface PlaywrightSuite {
  readonly specs: readonly PlaywrightSpec[];
  readonly suites?: readonly PlaywrightSuite[] | undefined;
}
const playwrightSuite: v.GenericSchema<PlaywrightSuite> = v.object({
  specs: v.array(playwrightSpec),
  suites: v.optional(v.array(v.lazy(() => playwrightSuite))),
});
const playwrightReport = v.object({ suites: v.array(playwrightSuite), errors: v.optional(v.array(playwrightError), []) });

function firstLine(message: string): string {
  return stripVTControlCharacters(message).split('\n', 1)[0] ?? '';
}

function vitestFailures(report: unknown): string[] {
  return v.parse(vitestReport, report).testResults.flatMap(({ name, status, message, assertionResults }) => {
    const place = relative(projectRoot, name);
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [`${place}: ${firstLine(message)}`];
    return failed.map((one) => `${place} > ${one.fullName}: ${firstLine(one.failureMessages?.[0] ?? '')}`);
  });
}

function specsOf({ specs, suites = [] }: PlaywrightSuite): readonly PlaywrightSpec[] {
  return [...specs, ...suites.flatMap(specsOf)];
}

function playwrightFailures(report: unknown): string[] {
  const { suites, errors } = v.parse(playwrightReport, report);
  const failed = suites
    .flatMap(specsOf)
    .flatMap(({ title, file, tests }) =>
      tests
        .filter(({ status }) => status === 'unexpected' || status === 'flaky')
        .map(({ results }) => `${file} > ${title}: ${firstLine(results.find(({ error }) => error !== undefined)?.error?.message ?? '')}`),
    );
  return [...failed, ...errors.map(({ message = '' }) => firstLine(message))];
}

/** Empty when nothing failed. Throws for what is no report of the runner. */
export function parseFailures(runner: 'vitest' | 'playwright', text: string): readonly string[] {
  const report: unknown = JSON.parse(text);
  return runner === 'vitest' ? vitestFailures(report) : playwrightFailures(report);
}
