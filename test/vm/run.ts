/**
 * `npm run vm -- [--machine 6.1|6.12|desktop] [COMMAND…]`: runs a command inside a test machine, in this folder; without a
 * command a shell (Ctrl+D ends the machine).
 */
import { kernelPackages } from './kernel-package.ts';
import { runInMachine, type Profile } from './machine.ts';

const words = process.argv.slice(2);
const profiles: readonly string[] = [...Object.keys(kernelPackages), 'desktop'];
let profile: Profile = '6.1';
if (words[0] === '--machine') {
  const wanted = words[1] ?? '';
  if (!profiles.includes(wanted)) {
    process.stderr.write(`Known machines: ${profiles.join(', ')}\n`);
    process.exit(64);
  }
  profile = wanted as Profile;
  words.splice(0, 2);
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
const here = profile === 'desktop' ? `/mnt/host${process.cwd()}` : process.cwd();
const result = await runInMachine({
  profile,
  script: `cd ${quote(here)} && PATH=${quote(`${here}/node_modules/.bin`)}:$PATH ${words.map((word) => quote(word)).join(' ')}\n`,
  timeLimitMs: words.length === 0 ? 4 * 3600_000 : 15 * 60_000,
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
