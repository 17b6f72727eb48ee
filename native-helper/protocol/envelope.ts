/**
 * JSON-RPC 2.0 as this program speaks it: one JSON object a line, closed envelope, whole-number ids that grow.
 * Requests come on a Unix socket together with their descriptors; replies and notifications go out on a pipe.
 */
import * as v from 'valibot';
import type { DeviceChanges } from './devices.ts';
import type { HelperErrorData } from './errors.ts';

/** Limits of the conversation (DESIGN.md §1.1); lines are counted in bytes without the newline. */
export const limits = {
  requestLineBytes: 64 * 1024,
  replyLineBytes: 16 * 1024 * 1024,
  requestsInFlight: 64,
  nestingLevels: 32,
  descriptorsPerMessage: 1,
} as const;

/** valibot's own objects and records take an array for an object without keys. */
const plainObject = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** Request ids are 1 to 2^53 - 1, each larger than the one before. */
export const requestEnvelope = v.strictObject({
  jsonrpc: v.literal('2.0'),
  id: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
  method: v.pipe(v.string(), v.maxLength(64)),
  params: v.optional(plainObject),
  /** Number of descriptors sent with this line (SCM_RIGHTS); absent means none. */
  fds: v.optional(v.literal(1)),
});
export type RequestEnvelope = v.InferOutput<typeof requestEnvelope>;

/** JSON-RPC's numeric codes; programs look at `data.code` instead. */
export const rpcCodes = { parse: -32_700, request: -32_600, method: -32_601, parameters: -32_602, application: -32_000 } as const;

export type ReplyEnvelope =
  | { readonly jsonrpc: '2.0'; readonly id: number; readonly result: unknown }
  | {
      readonly jsonrpc: '2.0';
      readonly id: number | null;
      readonly error: { readonly code: number; readonly message: string; readonly data: HelperErrorData };
    };

/** What the helper says without being asked. */
export interface HelperNotifications {
  readonly 'devices/changed': DeviceChanges;
}

export type NotificationName = keyof HelperNotifications;
export interface NotificationEnvelope<N extends NotificationName = NotificationName> {
  readonly jsonrpc: '2.0';
  readonly method: N;
  readonly params: HelperNotifications[N];
}

/** Exit statuses of the helper; 126 and 127 belong to pkexec (SECURITY.md §3). */
export const exitCodes = { done: 0, usage: 64, protocol: 70, environment: 77 } as const;
