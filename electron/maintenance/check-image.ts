/** Checks the file system of an image, and repairs it when that was asked for, as a job. Main process and command line, as the user. */
import { toDisplayNames } from '../images/file-table.ts';
import type { OpenImage } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { CheckResult } from '../ipc/maintenance.ts';
import type { ReportProgress } from '../jobs/jobs.ts';
import { descriptorArgument, runTool, toolFailure, type ToolResult } from '../tools/run-tool.ts';
import { LARGE_MEMORY_BYTES } from '../tools/tool-process.ts';
import { checkerOf, outcomeOf, parseExtProgress, refusalOf, targetWords, type Checker } from './check-plan.ts';
import { expectAlone } from './expect-alone.ts';
import { copyPartition } from './partition-copy.ts';
import { findPlace, withDetachedImage, type MaintenanceContext, type Place } from './place.ts';

/** A disk of many tebibytes takes its time. */
const LIMIT_MS = 24 * 3600 * 1000;
const OUTPUT_KEPT = 60_000;

export interface CheckWish {
  readonly partition: number | null;
  readonly mode: 'check' | 'repair';
}

/** Throws CHECK_UNSUPPORTED, FILE_IN_USE, REPAIR_REFUSED, LOG_UNCLEAN, TOOL_MISSING, TOOL_FAILED, and what opening it meets. */
export async function checkImage(context: MaintenanceContext, path: Buffer, { partition, mode }: CheckWish): Promise<CheckResult> {
  return withDetachedImage(context, path, mode === 'repair' ? 'writing' : 'reading', async (image) => {
    const place = await findPlace(context, image, path, partition);
    const checker = checkerOf(place.content.type);
    if (checker === null) throw new AppError('CHECK_UNSUPPORTED');
    const refusal = refusalOf(checker, partition);
    if (mode === 'repair' && refusal !== null) throw new AppError('REPAIR_REFUSED');
    const needsCopy = partition !== null && checker.reach === null;
    const title = { kind: mode, fileName: toDisplayNames(path).name } as const;
    const steps = mode === 'repair' ? (['check', 'repair', 'verify'] as const) : needsCopy ? (['read', 'check'] as const) : [];
    const said = await context.jobs.run({ title, device: null, cancellable: true, steps }, async (signal, report) => {
      const run: Run = { image, place, checker, signal, report };
      const found = await (mode === 'repair' ? repair(run) : needsCopy ? checkCopy(run) : check(run, image.handle.fd, place.startBytes));
      report({ result: { kind: 'check', outcome: found.outcome } });
      return found;
    });
    return { partition, fileSystem: place.content.type, refusal, program: checker.program, ...said };
  });
}

interface Run {
  readonly image: OpenImage;
  readonly place: Place;
  readonly checker: Checker;
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
}
type Said = Pick<CheckResult, 'outcome' | 'output'>;

async function check(run: Run, fd: number, offsetBytes: bigint): Promise<Said & { readonly outcome: 'clean' | 'damaged' }> {
  const { checker } = run;
  const result = await runChecker(run, checker.check, fd, offsetBytes);
  const verdict = checker.judge(result.status);
  if (verdict === null) throw toolFailure(checker.program, result);
  return { outcome: verdict === 'clean' ? 'clean' : 'damaged', output: outputOf(result) };
}

async function checkCopy(run: Run): Promise<Said> {
  const { image, place, signal, report } = run;
  report({ step: 0, bytesDone: 0n, bytesTotal: place.sizeBytes });
  const copy = await copyPartition(image, place, { signal, onProgress: (bytesDone) => report({ bytesDone }) });
  try {
    report({ step: 1 });
    return await check(run, copy.fd, 0n);
  } finally {
    await copy.close();
  }
}

/** Looked at first, so that a sound file system is left alone; and again afterwards, since only that says what is left. */
async function repair(run: Run): Promise<Said> {
  const { checker, image, place, report } = run;
  const { fd } = image.handle;
  report({ step: 0 });
  await expectAlone(image.handle);
  const before = await check(run, fd, place.startBytes);
  if (before.outcome === 'clean' && place.content.state !== 'unclean') return before;
  // A check may have taken hours.
  await expectAlone(image.handle);
  // Stopping in the middle of a repair would be worse than what it repairs.
  report({ step: 1, cancellable: false });
  const outputs = [before.output];
  for (const words of typeof checker.repair === 'string' ? [] : checker.repair) {
    const result = await runChecker({ ...run, signal: new AbortController().signal }, words, fd, place.startBytes);
    outputs.push(outputOf(result));
    if (result.status === checker.logUncleanStatus) throw new AppError('LOG_UNCLEAN', { details: outputOf(result) });
    const verdict = checker.judge(result.status);
    if (verdict === 'clean' || verdict === 'corrected') break;
  }
  report({ step: 2 });
  const after = await check({ ...run, signal: new AbortController().signal }, fd, place.startBytes);
  outputs.push(after.output);
  return { outcome: outcomeOf(before.outcome, after.outcome), output: outputs.join('\n\n') };
}

async function runChecker(
  { checker, place, signal, report }: Run,
  words: readonly string[],
  fd: number,
  offsetBytes: bigint,
): Promise<ToolResult> {
  let rest = '';
  const onStdout = (chunk: Buffer): void => {
    const lines = (rest + chunk.toString('latin1')).split(/[\r\n]/u);
    rest = lines.pop() ?? '';
    const share = lines.map(parseExtProgress).findLast((one) => one !== null);
    if (share === undefined || share === null) return;
    report({ bytesDone: (place.sizeBytes * BigInt(Math.floor(share * 1000))) / 1000n, bytesTotal: place.sizeBytes });
  };
  return runTool({
    program: checker.program,
    args: [...words, ...targetWords(checker, descriptorArgument(0), offsetBytes)],
    descriptors: [fd],
    signal,
    timeLimitMs: LIMIT_MS,
    memoryBytes: LARGE_MEMORY_BYTES,
    ...(checker.program === 'e2fsck' ? { onStdout } : {}),
  });
}

/** What it said, without the lines that only tell how far it is. */
function outputOf({ stdout, stderr }: ToolResult): string {
  const lines = `${stdout}\n${stderr}`.split(/\r?\n/u).filter((line) => line.trim() !== '' && parseExtProgress(line) === null);
  return lines.join('\n').slice(-OUTPUT_KEPT);
}
