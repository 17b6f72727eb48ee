/**
 * Test files run by vitest inside a test machine, in one boot, and told to the vitest outside as tests of its own. What a failing
 * run leaves (console log, output, images) is in test-results/vm/MACHINE.
 */
import { existsSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import * as v from 'valibot';
import { coverNode } from './cover-node.ts';
import { runInMachine, type MachineResult, type Profile } from './machine.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '');
/** How many times longer than on the machine itself anything may take; only hangs take that long. */
const SLOWNESS = 20;
/** Up to three machines run side by side. With two processors each on a machine that has two, everything in them takes 1.7 times as long. */
const PROCESSORS = Math.min(2, Math.max(1, Math.floor(availableParallelism() / 3)));

const guestReport = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      message: v.string(),
      assertionResults: v.array(
        v.object({
          fullName: v.string(),
          status: v.string(),
          duration: v.nullish(v.number()),
          failureMessages: v.nullish(v.array(v.string())),
        }),
      ),
    }),
  ),
});
type GuestFile = v.InferOutput<typeof guestReport>['testResults'][number];

export interface GuestRun {
  readonly machine: Profile;
  /** Test files, or folders of them, from the project's root. */
  readonly files: readonly string[];
  /** Shell commands before the tests, such as those that put the program in place. */
  readonly setUp?: string;
  readonly timeLimitMs: number;
  /** See MachineJob. */
  readonly fromDisk?: readonly string[];
  /** Variables for the tests. */
  readonly environment?: Readonly<Record<string, string>>;
}

function guestScript({ machine, files, setUp = '', environment = {} }: GuestRun): string {
  const root = machine === 'desktop' ? `/mnt/host${projectRoot}` : projectRoot;
  const variables = {
    PLATTER_SLOWNESS: String(SLOWNESS),
    PLATTER_KEEP_FILES: '/run/vm/files/images',
    PLATTER_LONG: process.env['PLATTER_LONG'] ?? '0',
    NO_COLOR: '1',
    ...environment,
  };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  // The configuration is loaded as it is: to bundle it first, vitest would write into the checkout.
  // Through cat: on a terminal its reporter paints all the time.
  const vitest = 'node node_modules/vitest/vitest.mjs run --config test/vm/guest/vitest.config.ts --configLoader native';
  return `cd '${root}' || exit 1
${coverNode}
export PATH="$PWD/node_modules/node/bin:$PATH"
${exports.join('\n')}
${setUp}
${vitest} --reporter=verbose --reporter=json --outputFile.json=/run/vm/files/report.json ${files.join(' ')} 2>&1 | cat
`;
}

/** Boots, runs the files, and registers each of their tests here. Called while vitest collects, outside any test. Returns where their files are. */
export async function declareGuestTests(run: GuestRun): Promise<string> {
  const folder = join(projectRoot, 'test-results/vm', run.machine);
  rmSync(folder, { recursive: true, force: true });
  const output: Buffer[] = [];
  const result = await runInMachine({
    profile: run.machine,
    script: guestScript(run),
    timeLimitMs: run.timeLimitMs,
    processors: PROCESSORS,
    filesTarget: folder,
    ...(run.fromDisk === undefined ? {} : { fromDisk: run.fromDisk }),
    onOutput: (chunk) => {
      output.push(chunk);
      // Vitest keeps what a test file prints until it ends; somebody may be watching.
      writeSync(2, chunk);
    },
  });
  const reportPath = join(folder, 'report.json');
  const files = existsSync(reportPath) ? v.parse(guestReport, JSON.parse(readFileSync(reportPath, 'utf8'))).testResults : null;
  test(`the tests in ${run.machine} run to their end`, () => {
    if (result.kind !== 'ended' || files === null) throw new Error(`${whatHappened(result)} Its logs are in ${folder}.\n${tail(output)}`);
  });
  for (const file of files ?? []) declareFile(file, `Logs and images are in ${folder}.`, tail(output));
  return folder;
}

function whatHappened(result: MachineResult): string {
  switch (result.kind) {
    case 'ended':
      return `The run ended with status ${result.status} and no report.`;
    case 'time-limit':
      return 'The machine was ended at its time limit.';
    case 'died':
      return 'The machine died.';
  }
}

function tail(output: readonly Buffer[]): string {
  return Buffer.concat(output).toString().slice(-4000);
}

function declareFile({ name, status, message, assertionResults }: GuestFile, seeAlso: string, ending: string): void {
  const path = relative(projectRoot, name.replace(/^\/mnt\/host/u, ''));
  const tests = assertionResults.map((one) => ({ ...one, text: (one.failureMessages ?? []).join('\n') }));
  // A file that did not load, or failed outside its tests.
  const broken = status === 'failed' && tests.every((one) => one.status !== 'failed');
  // The report has the first error's message alone, which may be empty; vitest prints all of them at the end.
  const whole = { fullName: 'the file runs to its end', status: broken ? 'failed' : 'passed', text: `${message}\n${ending}` };
  describe(`${path}`, () => {
    test.for([whole, ...tests])('$fullName', ({ status: outcome, text }, { skip }) => {
      if (outcome === 'failed') throw new Error(`${text}\n${seeAlso}`);
      skip(outcome !== 'passed', 'skipped inside the machine');
    });
  });
}
