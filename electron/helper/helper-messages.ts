/** Reads what a helper says. Main process. */
import type { HelperNotifications, NotificationName } from '../../native-helper/protocol/envelope.ts';
import type { HelperErrorDetail } from '../../native-helper/protocol/errors.ts';
import type { Line } from '../../native-helper/protocol/line-reader.ts';

/** `unknown`: not a message of this protocol. The results themselves are trusted: both ends are of one version, as hello has checked. */
export type HelperMessage =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number | null; readonly data: WireError }
  | { readonly kind: 'notification'; readonly method: NotificationName; readonly params: HelperNotifications[NotificationName] }
  | { readonly kind: 'unknown' };

interface WireError {
  readonly code: string;
  readonly errno: number | undefined;
  readonly detail: HelperErrorDetail | undefined;
}

const notificationNames: Readonly<Record<NotificationName, true>> = { 'devices/changed': true };
const unknown = { kind: 'unknown' } as const;

/** Never throws. */
export function readHelperMessage(line: Line): HelperMessage {
  const message = line.kind === 'text' ? parseObject(line.text) : null;
  if (message === null || message['jsonrpc'] !== '2.0') return unknown;
  const { id, method, params } = message as { id?: unknown; method?: unknown; params?: unknown };
  if (typeof method === 'string') return readNotification(method, params);
  if ('result' in message) return typeof id === 'number' ? { kind: 'result', id, result: message['result'] } : unknown;
  return typeof id === 'number' || id === null ? readError(id, message['error']) : unknown;
}

function readNotification(method: string, params: unknown): HelperMessage {
  if (!Object.hasOwn(notificationNames, method) || typeof params !== 'object' || params === null) return unknown;
  return { kind: 'notification', method: method as NotificationName, params: params as HelperNotifications[NotificationName] };
}

function readError(id: number | null, error: unknown): HelperMessage {
  const { data } = (error ?? {}) as { data?: { code?: unknown; errno?: unknown; detail?: unknown } };
  if (typeof data?.code !== 'string') return unknown;
  const errno = typeof data.errno === 'number' ? data.errno : undefined;
  const detail = typeof data.detail === 'object' && data.detail !== null ? data.detail : undefined;
  return { kind: 'error', id, data: { code: data.code, errno, detail } };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
