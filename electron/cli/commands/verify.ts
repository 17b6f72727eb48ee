/** platter verify: checksums, compared with a value or with the files beside the image. */
import { FileTable } from '../../images/file-table.ts';
import type { ChecksumAlgorithm } from '../../ipc/library.ts';
import type { VerifyResult } from '../../ipc/maintenance.ts';
import { LibraryFile, libraryPath } from '../../library/library-file.ts';
import { Library } from '../../library/library.ts';
import { verifyImage } from '../../maintenance/verify-image.ts';
import { commandJobs, printResult } from '../command-job.ts';
import { say, showText, type Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { wholePath } from '../remember-use.ts';
import { forEachSubject } from '../subjects.ts';
import { writeOutput } from '../terminal.ts';

export interface VerifyOptions {
  readonly algorithms: readonly ChecksumAlgorithm[];
  readonly expected: string | null;
  readonly beside: boolean;
}

const names: Readonly<Record<ChecksumAlgorithm, string>> = { md5: 'MD5', sha256: 'SHA256', sha512: 'SHA512' };

/** Status 1 where a checksum differs. */
export async function verify(files: readonly string[], options: VerifyOptions, context: Context): Promise<ExitCode> {
  const results: object[] = [];
  const library = new Library({
    file: new LibraryFile(libraryPath(process.env)),
    files: new FileTable(),
    look: async () => Promise.resolve({ kind: 'unknown' }),
    publish: () => undefined,
  });
  try {
    const status = await forEachSubject(files, context, async (file) => {
      const jobs = commandJobs(`Verifying ${showText(file, context)}`, context);
      const result = await verifyImage({ jobs, library }, wholePath(file), options);
      results.push({ file: file.toWellFormed(), ...result });
      tell(file, result, context);
      return result.outcome === 'differs' ? exitCodes.failed : exitCodes.done;
    });
    if (context.json) printResult({ results });
    return status;
  } finally {
    library.close();
  }
}

/** In the form that `sha256sum --check` and its like read. */
function tell(file: string, { sums, outcome, against }: VerifyResult, context: Context): void {
  if (context.json) return;
  const shown = showText(file, context);
  for (const [algorithm, value] of Object.entries(sums)) writeOutput(`${names[algorithm as ChecksumAlgorithm]} (${shown}) = ${value}\n`);
  const source = against === null ? 'the value that was given' : showText(against, context);
  if (outcome === 'matches') say(context, `${shown}: matches ${source}`);
  if (outcome === 'differs') say(context, `${shown}: DIFFERS from ${source}`);
}
