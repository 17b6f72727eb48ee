#!/usr/bin/env node
/** The command line. Nothing of the window is loaded, and of the command line only the part that is asked for. */
import { readArguments } from './arguments.ts';
import { useCompileCache } from './compile-cache.ts';
import type { ExitCode } from './exit-codes.ts';

/** `platter list`, which scripts run often, with no argument that needs a parser. */
function isPlainList(command: string | undefined, rest: readonly string[]): boolean {
  return command === 'list' && rest.every((argument) => argument === '--json' || argument === '--quiet' || argument === '-q');
}

async function run(arguments_: readonly string[]): Promise<ExitCode> {
  const [command, ...rest] = arguments_;
  if (command === 'losetup') {
    const { runLosetup } = await import('./losetup/run.ts');
    return runLosetup(rest);
  }
  if (isPlainList(command, rest)) {
    const { list } = await import('./commands/list.ts');
    const status = list({ json: rest.includes('--json'), quiet: rest.some((argument) => argument !== '--json') });
    // Everything is written, and nothing is open: ending here saves taking the runtime apart piece by piece.
    process.exit(status);
  }
  const { runProgram } = await import('./program.ts');
  return runProgram(arguments_);
}

/** A package brings its runtime; a checkout is run with whatever its user has. */
const OLDEST_NODE = 22;

async function main(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    const { oldNode } = await import('./text.ts');
    process.stderr.write(oldNode(OLDEST_NODE, process.versions.node));
    process.exitCode = 1;
    return;
  }
  useCompileCache();
  process.exitCode = await run(readArguments());
}

void main();
