/** Writes replies and notifications as lines of text. Failures carry fixed sentences and never anything of the request. */
import { limits, rpcCodes, type HelperNotifications, type NotificationName } from '../protocol/envelope.ts';
import type { HelperError, HelperErrorCode } from '../protocol/errors.ts';

/** A reply or notification that is larger than a line may be. */
export class ReplyTooLargeError extends Error {
  override readonly name = 'ReplyTooLargeError';
}

const numericCodes: Partial<Record<HelperErrorCode, number>> = {
  PARSE_ERROR: rpcCodes.parse,
  INVALID_REQUEST: rpcCodes.request,
  UNKNOWN_METHOD: rpcCodes.method,
  INVALID_PARAMETERS: rpcCodes.parameters,
};

const texts = new WeakMap<object, () => string>();

/** Has `result` written by `write`, which must give what JSON.stringify would: for long results whose parts were written before. */
export function writeWith<T extends object>(result: T, write: () => string): T {
  texts.set(result, write);
  return result;
}

/** Throws {@link ReplyTooLargeError}, and TypeError for a value JSON cannot say. */
export function resultLine(id: number, result: unknown): string {
  const write = typeof result === 'object' && result !== null ? texts.get(result) : undefined;
  return checked(`{"jsonrpc":"2.0","id":${id},"result":${write === undefined ? JSON.stringify(result ?? null) : write()}}`);
}

/** `id` is null where the request could not be understood well enough to know it. */
export function errorLine(id: number | null, error: HelperError): string {
  const code = numericCodes[error.code] ?? rpcCodes.application;
  return checked(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: error.message, data: error.toData() } }));
}

/** Throws {@link ReplyTooLargeError}. */
export function notificationLine<N extends NotificationName>(method: N, params: HelperNotifications[N]): string {
  return checked(`{"jsonrpc":"2.0","method":"${method}","params":${JSON.stringify(params)}}`);
}

function checked(line: string): string {
  const mayBeTooLarge = line.length * 3 > limits.replyLineBytes;
  if (mayBeTooLarge && Buffer.byteLength(line) > limits.replyLineBytes) throw new ReplyTooLargeError();
  return line;
}
