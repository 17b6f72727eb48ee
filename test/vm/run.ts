/**
 * `npm run vm -- [--machine 6.1|6.12|desktop] [--minutes N] [COMMAND…]`: runs a command inside a test machine, in this
 * folder, for at most 15 minutes; without a command a shell (Ctrl+D ends the machine) for at most four hours.
 */
import { availableParallelism } from 'node:os';
import { coverNode } from './cover-node.ts';
import { kernelPackages } from './kernel-package.ts';
import { runInMachine, type Profile } from './machine.ts';

const words = process.argv.slice(2);
const profiles: readonly string[] = [...Object.keys(kernelPackages), 'desktop'];

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(64);
}

/** The value of a leading option, taken from the words. */
function takeOption(name: string): string | null {
  return words[0] === name ? (words.splice(0, 2)[1] ?? '') : null;
}

const wanted = takeOption('--machine') ?? '6.1';
if (!profiles.includes(wanted)) fail(`Known machines: ${profiles.join(', ')}`);
const profile = wanted as Profile;
const minutes = Number(takeOption('--minutes') ?? (words.length === 0 ? 240 : 15));
if (!(minutes > 0)) fail('--minutes takes a number');

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
const here = profile === 'desktop' ? `/mnt/host${process.cwd()}` : process.cwd();
const result = await runInMachine({
  profile,
  script: `cd ${quote(here)} || exit 1
${coverNode}
PATH=${quote(`${here}/node_modules/.bin`)}:$PATH ${words.map((word) => quote(word)).join(' ')}
`,
  timeLimitMs: minutes * 60_000,
  processors: Math.min(2, availableParallelism()),
  interactive: words.length === 0,
  onOutput: (chunk) => process.stdout.write(chunk),
});
if (result.kind !== 'ended') {
  process.stderr.write(
    `${result.consoleLog.slice(-4000)}\nThe machine ${result.kind === 'died' ? 'died' : 'was ended at its time limit'}.\n`,
  );
  process.exit(1);
}
process.exit(result.status);
