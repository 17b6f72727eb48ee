/** Runs the programs that make new files, and says what their failures mean. Main process and command line. */
import { AppError } from '../../ipc/errors.ts';
import { runCounted } from '../../tools/reading-progress.ts';
import { runTool, toolFailure, type ToolRequest, type ToolResult } from '../../tools/run-tool.ts';

/** Copies and conversions of whole disks take hours; the person can cancel. */
const LONGEST_MS = 7 * 24 * 3600 * 1000;

export type MakerRequest = Omit<ToolRequest, 'timeLimitMs'>;

/** Statuses that are as good as 0: gzip's 2 is a warning. */
export interface MakerOptions {
  readonly good?: readonly number[];
  readonly onRead?: (bytes: bigint) => void;
}

/** Throws TOOL_FAILED for a status that is not good, NO_SPACE where the tool met a full disk, and what runTool throws. */
export async function runMaker(request: MakerRequest, { good = [0], onRead }: MakerOptions = {}): Promise<ToolResult> {
  const full = { ...request, timeLimitMs: LONGEST_MS };
  const result = await (onRead === undefined ? runTool(full) : runCounted(full, onRead));
  if (good.includes(result.status)) return result;
  throw toMakerError(request, result);
}

export function toMakerError({ program }: MakerRequest, result: ToolResult): AppError {
  const failure = toolFailure(program, result);
  const said = `${result.stderr}\n${result.stdout}`;
  const { details } = failure.data;
  if (/No space left on device|Disk quota exceeded/u.test(said)) return new AppError('NO_SPACE', details === undefined ? {} : { details });
  if (/File too large/u.test(said)) return new AppError('FILE_TOO_LARGE', details === undefined ? {} : { details });
  return failure;
}
