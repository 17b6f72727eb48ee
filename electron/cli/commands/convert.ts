/** platter convert: another format to a raw image, or a raw image to another format. */
import { resolve } from 'node:path';
import type { ImageFormat } from '../../ipc/inspection.ts';
import { exportNameOf } from '../../ipc/new-image.ts';
import { inspectFile } from '../../images/inspect.ts';
import { fromFileNameBytes, toFileNameBytes } from '../../images/file-name-bytes.ts';
import { rawNameOf } from '../../images/making/conversion-facts.ts';
import { planConversion } from '../../images/making/convert-image.ts';
import { planExport } from '../../images/making/export-image.ts';
import { splitPath } from '../../images/making/new-file.ts';
import type { CreationPlan } from '../../images/making/wanted-image.ts';
import { commandJobs } from '../command-job.ts';
import { withImageWorker } from '../contents.ts';
import { showText, type Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { convertOptions, type ConvertOptions } from '../making-options.ts';
import { tellMade } from './create.ts';

export async function convert(source: string, target: string | null, flags: object, context: Context): Promise<ExitCode> {
  const options = convertOptions(flags, target ?? '');
  const named = target ?? besideOf(source, options.to);
  const path = toFileNameBytes(resolve(named));
  const from = toFileNameBytes(resolve(source));
  const { format } = await withImageWorker(async (worker) => inspectFile({ worker, devices: [] }, from));
  const plan = await planFor(from, format, path, options);
  const kind = options.to !== 'raw' ? 'export' : format.kind === 'compressed' ? 'unpack' : 'convert';
  const jobs = commandJobs(`Writing ${showText(named, context)}`, context);
  await jobs.run({ title: { kind, fileName: source.toWellFormed() }, device: null, cancellable: true }, plan.run);
  await tellMade(path, named, context);
  return exitCodes.done;
}

async function planFor(
  source: Buffer,
  format: ImageFormat,
  path: Buffer,
  { to, compress, otherFiles }: ConvertOptions,
): Promise<CreationPlan> {
  const place = splitPath(path);
  if (to === 'raw') return planConversion({ source, format, place, otherFiles }, new AbortController().signal);
  return planExport({ source, sourceFormat: format, place, format: to, compress });
}

/** In the folder of the source, with the ending of the format. */
function besideOf(source: string, to: ConvertOptions['to']): string {
  const { folder, name } = splitPath(toFileNameBytes(resolve(source)));
  const text = fromFileNameBytes(name);
  return `${fromFileNameBytes(folder)}/${to === 'raw' ? rawNameOf(text) : exportNameOf(text, to)}`;
}
