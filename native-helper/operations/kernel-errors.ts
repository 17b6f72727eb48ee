/** Turns a failed system call into the error that the caller of the helper sees. Runs as root; nothing of a request is echoed. */
import { SyscallError, type ErrnoName } from '../linux/syscall-error.ts';
import { HelperError, type HelperErrorCode, type HelperErrorDetail } from '../protocol/errors.ts';

/** Which code stands for which errno of the calls at hand; everything else is KERNEL_REFUSED with the name of the call. */
export type ErrnoCodes = Partial<Record<ErrnoName, HelperErrorCode>>;

/** The HelperError for a failure; faults that are no failed system call come back as they are. */
export function toHelperError(error: unknown, codes: ErrnoCodes = {}, detail?: HelperErrorDetail): unknown {
  if (!(error instanceof SyscallError)) return error;
  for (const [name, code] of Object.entries(codes)) {
    // Keys come from a literal of this folder.
    if (error.errnoName === name) return new HelperError(code, { errno: error.errno, detail, cause: error });
  }
  return new HelperError('KERNEL_REFUSED', { errno: error.errno, detail: { ...detail, call: error.call }, cause: error });
}

/** Runs calls and throws their failure as HelperError. */
export function asHelperError<Result>(codes: ErrnoCodes, run: () => Result, detail?: HelperErrorDetail): Result {
  try {
    return run();
  } catch (error) {
    throw toHelperError(error, codes, detail);
  }
}

/** {@link asHelperError} for calls that sleep. */
export async function asHelperErrorLater<Result>(
  codes: ErrnoCodes,
  run: () => Promise<Result>,
  detail?: HelperErrorDetail,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw toHelperError(error, codes, detail);
  }
}

/** Runs something whose failure changes nothing any more: clearing up after an error that is being reported already. */
export function ignoreFailure(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
}
