#!/usr/bin/env node
/** The command line. Nothing of the window is loaded, and of the command line only the part that is asked for. */
import { readArguments } from './arguments.ts';

async function main(): Promise<void> {
  const [command, ...rest] = readArguments();
  if (command === 'losetup') {
    const { runLosetup } = await import('./losetup/run.ts');
    process.exitCode = await runLosetup(rest);
  } else {
    const { runProgram } = await import('./program.ts');
    process.exitCode = await runProgram(command === undefined ? [] : [command, ...rest]);
  }
}

void main();
