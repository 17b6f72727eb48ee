/** Checksums of an image as a job, compared with what is known of it. Main process and command line, as the user. */
import { expectUnchanged, printOf } from '../images/file-print.ts';
import { openImage } from '../images/open-image.ts';
import { blockDeviceBytes } from '../images/describe-image.ts';
import { toDisplayNames } from '../images/file-table.ts';
import { AppError } from '../ipc/errors.ts';
import type { ChecksumAlgorithm, Checksums } from '../ipc/library.ts';
import type { VerifyResult } from '../ipc/maintenance.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Library } from '../library/library.ts';
import { checksumAlgorithms, parsePastedChecksum } from './checksums.ts';
import { findChecksumFiles } from './checksum-files.ts';
import { runFileWork } from './file-worker.ts';

export interface VerifyWish {
  readonly algorithms: readonly ChecksumAlgorithm[];
  /** Pasted; null: nothing was. */
  readonly expected: string | null;
  /** Compare with the checksum files beside the image. */
  readonly beside: boolean;
}

export interface VerifyContext {
  readonly jobs: Pick<Jobs, 'run'>;
  /** Remembers the outcome. */
  readonly library: Pick<Library, 'verified'>;
}

interface Expectation {
  readonly sums: Checksums;
  readonly against: string | null;
}

/** Throws CHECKSUM_INVALID, FILE_CHANGED when somebody wrote to it meanwhile, CANCELLED, and why it cannot be read. */
export async function verifyImage({ jobs, library }: VerifyContext, path: Buffer, wish: VerifyWish): Promise<VerifyResult> {
  const expectations = await findExpectations(path, wish);
  const named = new Set([...wish.algorithms, ...expectations.flatMap(({ sums }) => kindsOf(sums))]);
  const algorithms = named.size === 0 ? (['sha256'] as const) : checksumAlgorithms.filter((one) => named.has(one));
  const { handle, facts } = await openImage(path, 'read-only');
  try {
    const sizeBytes = facts.isBlockDevice() ? await blockDeviceBytes(path) : facts.size;
    const result = await jobs.run(
      { title: { kind: 'hash', fileName: toDisplayNames(path).name }, device: null, cancellable: true },
      async (signal, report) => {
        report({ bytesDone: 0n, bytesTotal: sizeBytes });
        const onProgress = (bytesDone: bigint): void => report({ bytesDone });
        const found: Checksums = await runFileWork({ kind: 'hash', sizeBytes: String(sizeBytes), algorithms }, [handle.fd], {
          signal,
          onProgress,
        });
        await expectUnchanged({ handle, facts });
        const compared = compare(found, expectations);
        report({ result: { kind: 'verify', outcome: compared.outcome } });
        return compared;
      },
    );
    // That the library cannot be written does not make the checksums wrong.
    if (facts.isFile()) await library.verified(path, { at: Date.now(), ...result, print: printOf(facts) }).catch(() => undefined);
    return result;
  } finally {
    await handle.close();
  }
}

async function findExpectations(path: Buffer, { expected, beside }: VerifyWish): Promise<readonly Expectation[]> {
  const pasted = expected === null || expected.trim() === '' ? null : parsePastedChecksum(expected);
  if (pasted === null && (expected ?? '').trim() !== '') throw new AppError('CHECKSUM_INVALID');
  const files = beside ? await findChecksumFiles(path) : [];
  return [
    ...(pasted === null ? [] : [{ sums: { [pasted.algorithm]: pasted.value }, against: null }]),
    ...files.map(({ name, sums }) => ({ sums, against: name })),
  ];
}

function kindsOf(sums: Checksums): readonly ChecksumAlgorithm[] {
  return checksumAlgorithms.filter((algorithm) => sums[algorithm] !== undefined);
}

/** All must agree; the first that does not is named. */
function compare(sums: Checksums, expectations: readonly Expectation[]): VerifyResult {
  const [first] = expectations;
  if (first === undefined) return { sums, outcome: 'computed', against: null };
  const wrong = expectations.find((one) => kindsOf(one.sums).some((algorithm) => one.sums[algorithm] !== sums[algorithm]));
  return wrong === undefined ? { sums, outcome: 'matches', against: first.against } : { sums, outcome: 'differs', against: wrong.against };
}
