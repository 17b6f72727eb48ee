/** What is said of a resize that stopped in a step. Main process and command line. */
import { toErrorData } from '../calls.ts';
import { AppError, type AppErrorData } from '../ipc/errors.ts';

/** RESIZE_STOPPED; RESIZE_NOT_PUT_BACK where the step has left something. With what is known of the fault itself. */
export function stoppedError(fault: unknown, isPutBack: boolean, at: Omit<NonNullable<AppErrorData['stopped']>, 'cause'>): AppError {
  const { code, details, detail, errno, tool } = toErrorData(fault);
  const facts = {
    ...(details === undefined ? {} : { details }),
    ...(detail === undefined ? {} : { detail }),
    ...(errno === undefined ? {} : { errno }),
    ...(tool === undefined ? {} : { tool }),
  };
  return new AppError(
    isPutBack ? 'RESIZE_STOPPED' : 'RESIZE_NOT_PUT_BACK',
    { ...facts, stopped: { ...at, cause: code } },
    { cause: fault },
  );
}
