/** platter check, label and sparsify: what is done to an image that nobody has attached. */
import { inspectFile } from '../../images/inspect.ts';
import { ImageWorker } from '../../images/image-worker.ts';
import { AppError } from '../../ipc/errors.ts';
import type { CheckOutcome, CheckResult } from '../../ipc/maintenance.ts';
import { checkImage } from '../../maintenance/check-image.ts';
import { checkerOf } from '../../maintenance/check-plan.ts';
import type { MaintenanceContext } from '../../maintenance/place.ts';
import { relabelImage, type RelabelWish } from '../../maintenance/relabel-image.ts';
import { sparsifyImage } from '../../maintenance/sparsify-image.ts';
import { commandJobs, printResult } from '../command-job.ts';
import { say, showText, type Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { readDevices } from '../in-process-reader.ts';
import { wholePath } from '../remember-use.ts';
import { formatSize } from '../sizes.ts';
import { forEachSubject } from '../subjects.ts';
import { repairRefusals } from '../reason-words.ts';
import { writeOutput } from '../terminal.ts';

async function withWorker<T>(work: (worker: ImageWorker) => Promise<T>): Promise<T> {
  const worker = new ImageWorker();
  try {
    return await work(worker);
  } finally {
    await worker.close();
  }
}

function contextFor(worker: ImageWorker, title: string, context: Context): MaintenanceContext {
  return { worker, devices: readDevices().devices, jobs: commandJobs(title, context) };
}

export interface CheckOptions {
  /** Null: the file system on the whole image, or else each one in its partitions. */
  readonly partition: number | null;
  readonly repair: boolean;
  /** Also all that the tools said. */
  readonly verbose: boolean;
}

const outcomes: Readonly<Record<CheckOutcome, string>> = {
  clean: 'clean',
  damaged: 'has errors',
  repaired: 'repaired',
  'partly-repaired': 'repaired in part; errors are left',
};

/** Status 1 where errors are left. */
export async function check(file: string, { partition, repair, verbose }: CheckOptions, context: Context): Promise<ExitCode> {
  return withWorker(async (worker) => {
    const path = wholePath(file);
    const results: CheckResult[] = [];
    const partitions = partition === null ? await findCheckable(worker, path) : [partition];
    const checkOne = async (place: number | null): Promise<ExitCode> => {
      const shown = showText(placeName(file, place), context);
      const mode = repair ? 'repair' : 'check';
      const result = await checkImage(contextFor(worker, `Checking ${shown}`, context), path, { partition: place, mode });
      results.push(result);
      tellCheck(shown, result, verbose, context);
      return result.outcome === 'clean' || result.outcome === 'repaired' ? exitCodes.done : exitCodes.failed;
    };
    const status = await forEachSubject(partitions, context, checkOne, (place) => placeName(file, place));
    if (context.json) printResult({ file: file.toWellFormed(), results });
    return status;
  });
}

/** Throws CHECK_UNSUPPORTED when there is nothing that can be checked. */
async function findCheckable(worker: ImageWorker, path: Buffer): Promise<readonly (number | null)[]> {
  const { whole, table } = await inspectFile({ worker, devices: readDevices().devices }, path);
  if (whole !== null && checkerOf(whole.type) !== null) return [null];
  const parts = (table?.partitions ?? []).filter(({ content }) => checkerOf(content.type) !== null).map(({ number }) => number);
  if (parts.length === 0) throw new AppError('CHECK_UNSUPPORTED');
  return parts;
}

function placeName(file: string, partition: number | null): string {
  return partition === null ? file : `${file} partition ${partition}`;
}

function tellCheck(shown: string, { fileSystem, outcome, refusal, output }: CheckResult, verbose: boolean, context: Context): void {
  if (context.json) return;
  const said = output.split('\n').map((line) => `${showText(line, context)}\n`);
  if (verbose) writeOutput(said.join(''));
  writeOutput(`${shown}: ${fileSystem} ${outcomes[outcome]}\n`);
  if (outcome !== 'damaged') return;
  say(context, refusal === null ? '  Next: platter check --repair' : `  It is not repaired here: ${repairRefusals[refusal]}`);
}

export async function label(file: string, wish: RelabelWish, context: Context): Promise<ExitCode> {
  return withWorker(async (worker) => {
    const path = wholePath(file);
    const isQuestion = wish.label === null && wish.uuid === null;
    const result = isQuestion
      ? await readLabel(worker, path, wish.partition)
      : await relabelImage(contextFor(worker, `Changing ${showText(file, context)}`, context), path, wish);
    if (context.json) printResult({ file: file.toWellFormed(), partition: wish.partition, ...result });
    else {
      writeOutput(`label: ${result.label === null ? '' : showText(result.label, context)}\n`);
      writeOutput(`uuid: ${result.uuid === null ? '' : showText(result.uuid, context)}\n`);
    }
    return exitCodes.done;
  });
}

async function readLabel(
  worker: ImageWorker,
  path: Buffer,
  partition: number | null,
): Promise<{ readonly label: string | null; readonly uuid: string | null }> {
  const { whole, table } = await inspectFile({ worker, devices: readDevices().devices }, path);
  const content = partition === null ? whole : table?.partitions.find(({ number }) => number === partition)?.content;
  if (content === null) throw new AppError('RELABEL_UNSUPPORTED');
  if (content === undefined) throw new AppError('NO_SUCH_PARTITION');
  return { label: content.label, uuid: content.uuid };
}

export async function sparsify(files: readonly string[], context: Context): Promise<ExitCode> {
  const results: object[] = [];
  const { devices } = readDevices();
  const status = await forEachSubject(files, context, async (file) => {
    const shown = showText(file, context);
    const result = await sparsifyImage({ devices, jobs: commandJobs(`Looking for zeroes in ${shown}`, context) }, wholePath(file));
    const given = BigInt(result.beforeBytes) - BigInt(result.afterBytes);
    results.push({ file: file.toWellFormed(), ...result, givenBackBytes: String(given) });
    if (!context.json) {
      writeOutput(`${shown}: ${formatSize(given < 0n ? 0n : given)} given back, ${formatSize(BigInt(result.afterBytes))} on disk now\n`);
    }
    return exitCodes.done;
  });
  if (context.json) printResult({ results });
  return status;
}
