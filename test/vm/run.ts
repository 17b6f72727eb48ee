/**
 * `npm run vm -- [--kernel 6.1|6.12] [COMMAND…]`: runs a command inside a real Debian kernel, in this folder; without a
 * command a shell (Ctrl+D ends the machine).
 */
import { kernelPackages, type KernelName } from './kernel-package.ts';
import { runInMachine } from './machine.ts';

const words = process.argv.slice(2);
let kernel: KernelName = '6.1';
if (words[0] === '--kernel') {
  const wanted = words[1] ?? '';
  if (!Object.hasOwn(kernelPackages, wanted)) {
    process.stderr.write(`Known kernels: ${Object.keys(kernelPackages).join(', ')}\n`);
    process.exit(64);
  }
  kernel = wanted as KernelName;
  words.splice(0, 2);
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
const result = await runInMachine({
  kernel,
  script: `cd ${quote(process.cwd())} && PATH=${quote(`${process.cwd()}/node_modules/.bin`)}:$PATH ${words.map((word) => quote(word)).join(' ')}\n`,
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
