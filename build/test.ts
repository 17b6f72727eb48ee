/**
 * `npm test -- [CHECK|SUITE…] [--long]`: sets the machine up, runs the checks and the suites with live output, most of
 * them one after another, and ends with the line `N passed, N failed, N skipped`. Each check counts as one test.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './bootstrap.mjs';
import { endGroupsOnSignals, runGroup } from './child-group.ts';
import { leftovers, machineState } from './leftovers.ts';
import { buildPrograms } from './programs.ts';
import { chromiumForTests, electronForTests, suiteGroups, suiteNames, suites, type SuiteName } from './suites.ts';
import { ensureSystemPackages } from './system-packages.ts';
import { addCounts, closingLine, exitStatus, noCounts, parseReport, suiteCounts, type Counts } from './test-counts.ts';
import { parseFailures } from './test-failures.ts';
import { tools } from './tools.ts';

const checks = {
  format: tools.formatCheck,
  lint: tools.lint,
  imports: tools.importRules,
  types: tools.typeCheck,
  build: null,
  protocol: tools.protocolPage,
} as const;
type CheckName = keyof typeof checks;
const checkNames = Object.keys(checks).filter((name): name is CheckName => Object.hasOwn(checks, name));

interface Result {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
  /** Why it did not run. */
  readonly reason?: string;
  /** A line for each failed test. */
  readonly failures?: readonly string[];
}

const onePassed: Counts = { passed: 1, failed: 0, skipped: 0 };
const oneFailed: Counts = { passed: 0, failed: 1, skipped: 0 };
const oneSkipped: Counts = { passed: 0, failed: 0, skipped: 1 };
const isCi = process.env['CI'] === 'true';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function timed(name: string, run: () => Promise<Omit<Result, 'name' | 'seconds'>>): Promise<Result> {
  say(`\n=== ${name}`);
  const startedAt = performance.now();
  const result = await run();
  return { name, ...result, seconds: (performance.now() - startedAt) / 1000 };
}

async function runCheck(name: CheckName): Promise<Result> {
  return timed(name, async () => {
    const command = checks[name];
    const good =
      command === null
        ? buildPrograms({ evenIfFresh: true })
        : (await runGroup(command, { environment: process.env, limitMinutes: 10 })) === 0;
    return { counts: good ? onePassed : oneFailed };
  });
}

/** Null where the runner did not come to write it. */
function readReport(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

function suiteEnvironment(name: SuiteName, long: boolean, reportFile: string): NodeJS.ProcessEnv {
  const electron = name === 'electron' || name === 'package' ? electronForTests() : null;
  const chromium = chromiumForTests();
  return {
    ...process.env,
    ...(long ? { PLATTER_LONG: '1' } : {}),
    PLATTER_FUZZ_MESSAGES: process.env['PLATTER_FUZZ_MESSAGES'] ?? (long ? '2000000' : '50000'),
    ...(electron === null ? {} : { ELECTRON_OVERRIDE_DIST_PATH: electron }),
    ...(chromium === null ? {} : { PLATTER_CHROMIUM: chromium }),
    PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile,
  };
}

async function runSuite(name: SuiteName, long: boolean, reportFolder: string): Promise<Result> {
  return timed(name, async () => {
    const { availability, runner, command, limitMinutes } = suites[name];
    const available = availability();
    if (available.kind === 'cannot-run') {
      say(`Not run: ${available.reason}.`);
      return { counts: isCi && !available.excusable ? oneFailed : oneSkipped, reason: available.reason };
    }
    const reportFile = join(reportFolder, `${name}.json`);
    const reporters =
      runner === 'vitest' ? ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`] : ['--reporter=list,json'];
    const ending = await runGroup([...command, ...reporters], {
      environment: suiteEnvironment(name, long, reportFile),
      limitMinutes: long ? limitMinutes * 10 : limitMinutes,
    });
    const text = readReport(reportFile);
    if (text === null) return { counts: suiteCounts(null, ending) };
    return { counts: suiteCounts(parseReport(runner, text), ending), failures: parseFailures(runner, text) };
  });
}

/** Only with CI=true: elsewhere other programs attach and mount while tests run. */
async function checkLeftovers(before: ReadonlySet<string>): Promise<Result> {
  return timed('leftovers', async () => {
    const left = leftovers(before, machineState());
    say(left.length === 0 ? 'No loop device and no mount was left behind.' : `Left behind:\n${left.join('\n')}`);
    return { counts: left.length === 0 ? onePassed : oneFailed };
  });
}

function report(results: readonly Result[]): never {
  const failures = results.flatMap(({ name, failures: lines = [] }) => lines.map((line) => `${name}: ${line}`));
  if (failures.length > 0) say(`\n=== failed\n${failures.join('\n')}`);
  say('\n=== summary');
  for (const { name, counts, seconds, reason } of results) {
    say(`${name.padEnd(10)} ${reason === undefined ? closingLine(counts) : `not run: ${reason}`} (${seconds.toFixed(1)} s)`);
  }
  const total = results.reduce((sum, result) => addCounts(sum, result.counts), noCounts);
  say(closingLine(total));
  process.exit(exitStatus(total));
}

interface Selection {
  readonly checks: readonly CheckName[];
  readonly suites: readonly SuiteName[];
}

/** All without names; otherwise what is named, and the build where a named suite runs it. */
function select(names: readonly string[]): Selection {
  const unknown = names.filter((name) => ![...checkNames, ...suiteNames].some((known) => known === name));
  if (unknown.length > 0) {
    process.stderr.write(`Unknown: ${unknown.join(' ')}. There are ${[...checkNames, ...suiteNames].join(' ')} and --long.\n`);
    process.exit(2);
  }
  if (names.length === 0) return { checks: checkNames, suites: suiteNames };
  const chosen = suiteNames.filter((name) => names.includes(name));
  const needsBuild = chosen.some((name) => suites[name].needsPrograms);
  return { checks: checkNames.filter((name) => names.includes(name) || (name === 'build' && needsBuild)), suites: chosen };
}

const args = process.argv.slice(2);
const long = args.includes('--long');
const selection = select(args.filter((argument) => argument !== '--long'));
endGroupsOnSignals();
ensureSystemPackages(selection.suites);
process.chdir(projectRoot);
const reportFolder = mkdtempSync(join(tmpdir(), 'platter-test-'));
process.on('exit', () => rmSync(reportFolder, { recursive: true, force: true }));

const before = machineState();
const results: Result[] = [];
for (const name of selection.checks) results.push(await runCheck(name));
for (const group of suiteGroups) {
  const chosen = group.filter((name) => selection.suites.includes(name));
  results.push(...(await Promise.all(chosen.map(async (name) => runSuite(name, long, reportFolder)))));
}
if (isCi) results.push(await checkLeftovers(before));
report(results);
