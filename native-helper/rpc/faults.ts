/** Turns whatever a handler threw into the error that goes over the wire. */
import { HelperError } from '../protocol/errors.ts';
import type { Log } from './log.ts';

/**
 * Expected failures pass as they are. Anything else is a fault of the helper: the peer gets INTERNAL, or the reason why its request was
 * aborted, and the log gets the facts.
 */
export function toHelperError(error: unknown, abortReason: HelperError | undefined, log: Log): HelperError {
  if (error instanceof HelperError) return error;
  if (abortReason !== undefined) return abortReason;
  log('request-fault', { fault: error instanceof Error ? (error.stack ?? error.message) : 'not an Error' });
  return new HelperError('INTERNAL');
}
