/** platter create: a new image file, never over an existing one. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { planImage } from '../../images/making/create-image.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import { splitPath } from '../../images/making/new-file.ts';
import { commandJobs, printResult } from '../command-job.ts';
import { say, showText, type Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { createOptions } from '../making-options.ts';
import { formatSize } from '../sizes.ts';
import { writeOutput } from '../terminal.ts';

export async function create(file: string, flags: object, context: Context): Promise<ExitCode> {
  const options = createOptions(flags, (name) => toFileNameBytes(resolve(name)));
  const path = toFileNameBytes(resolve(file));
  const { run } = await planImage({ place: splitPath(path), contents: options.contents, reserved: options.reserved });
  const kind = options.contents.kind === 'copy' ? 'copy' : 'create';
  const jobs = commandJobs(`Creating ${showText(file, context)}`, context);
  await jobs.run({ title: { kind, fileName: file.toWellFormed() }, device: null, cancellable: true }, run);
  await tellMade(path, file, context);
  if (!options.mount) return exitCodes.done;
  const { mount } = await import('./mount.ts');
  return mount(file, { partition: null, readOnly: false }, context);
}

/** The new file with what it takes; with --quiet its name, for scripts. */
export async function tellMade(path: Buffer, file: string, context: Context): Promise<void> {
  const { size, blocks } = await stat(path, { bigint: true });
  const allocated = blocks * 512n;
  if (context.json) printResult({ file: file.toWellFormed(), sizeBytes: String(size), allocatedBytes: String(allocated) });
  else if (context.quiet) writeOutput(`${showText(file, context)}\n`);
  else say(context, `${showText(file, context)}: ${formatSize(size)}, ${formatSize(allocated)} on disk`);
}
