/**
 * One line for each action with root's rights: who, what, which device, how it ended. To the system's log where there is one,
 * and always to descriptor 2. Runs as root; text from outside is escaped by the writer of the line.
 */
import { readlinkSync } from 'node:fs';
import { SystemLog } from '../linux/syslog.ts';
import { HelperError } from '../protocol/errors.ts';
import { helperMethods } from '../protocol/methods.ts';
import type { DeviceRecords } from '../records/ownership.ts';
import type { AuthorizeRequest, HandledMethodName, HelperHandlers, RequestContext } from '../rpc/handlers.ts';
import { logLine, type Log, type LogFields } from '../rpc/log.ts';

export interface AuditFacts {
  readonly uid: number;
  readonly records: Pick<DeviceRecords, 'ownerOf'>;
  /** The program that started the helper. */
  readonly mainPid: number;
  readonly log: Log;
}

/** Longest path that is written down. */
const LONGEST_PATH = 1024;

/** Called before the work, because afterwards the device and its record may be gone; what it returns is called with the outcome. */
export type Audit = (method: HandledMethodName, params: object, request: RequestContext) => (outcome: Outcome) => void;
export type Outcome = { readonly kind: 'done'; readonly result: unknown } | { readonly kind: 'failed'; readonly error: unknown };

export function createAudit({ uid, records, mainPid, log }: AuditFacts): Audit {
  const systemLog = new SystemLog('platter-helper');
  return (method, params, request) => {
    const before: LogFields = { uid, mainPid, method, ...ownerOf(params, uid, records) };
    return (outcome) => {
      const fields = { ...before, ...fileOf(request, outcome), ...subjectOf(params, outcome), ...resultOf(outcome) };
      // The reply goes first; the end of the process takes longer than this turn.
      setImmediate(() => {
        log('action', fields);
        systemLog.write(() => logLine('action', fields).trimEnd());
      });
    };
  };
}

/** Handlers that write a line when they end. Those that only look write none; one that answers at once still does. */
export function withAudit(handlers: HelperHandlers, audit: Audit): HelperHandlers {
  const audited = Object.entries(handlers).map(([name, handler]) => {
    const method = name as HandledMethodName;
    return [method, helperMethods[method].viewOnly ? handler : auditedHandler(method, handler as AnyHandler, audit)];
  });
  return Object.fromEntries(audited) as HelperHandlers;
}

/** A request that was not allowed leaves a line too. */
export function withDenialsAudited(authorize: AuthorizeRequest, audit: Audit): AuthorizeRequest {
  return (method, params, request) => {
    const denied = (error: unknown): never => {
      audit(method, params, request)({ kind: 'failed', error });
      throw error;
    };
    let allowed: Promise<void> | void;
    try {
      allowed = authorize(method, params, request);
    } catch (error) {
      return denied(error);
    }
    return allowed instanceof Promise ? allowed.catch(denied) : undefined;
  };
}

/** The table is typed by method; here a handler and its parameters are known to belong together, which types cannot follow. */
type AnyHandler = (params: object, request: RequestContext) => unknown;

function auditedHandler(method: HandledMethodName, handler: AnyHandler, audit: Audit): AnyHandler {
  return (params, request) => {
    const end = audit(method, params, request);
    const done = (result: unknown): unknown => {
      end({ kind: 'done', result });
      return result;
    };
    const failed = (error: unknown): never => {
      end({ kind: 'failed', error });
      throw error;
    };
    const settle = async (pending: Promise<unknown>): Promise<unknown> => {
      let result: unknown;
      try {
        result = await pending;
      } catch (error) {
        return failed(error);
      }
      return done(result);
    };
    let result: unknown;
    try {
      result = handler(params, request);
    } catch (error) {
      return failed(error);
    }
    return result instanceof Promise ? settle(result) : done(result);
  };
}

/** The device asked for, or the one that was attached. */
function subjectOf(params: object, outcome: Outcome): LogFields {
  const asked = 'device' in params && typeof params.device === 'number' ? params.device : null;
  const result = outcome.kind === 'done' ? outcome.result : null;
  const given = isObject(result) && isObject(result['device']) ? result['device']['number'] : null;
  const mountId = 'mountId' in params && typeof params.mountId === 'number' ? { mountId: params.mountId } : {};
  return { device: typeof given === 'number' ? given : asked, ...mountId };
}

/** Whose device it is, where it is not the caller's. */
function ownerOf(params: object, uid: number, records: AuditFacts['records']): LogFields {
  if (!('device' in params) || !('diskseq' in params) || typeof params.device !== 'number' || typeof params.diskseq !== 'string') return {};
  const owner = records.ownerOf(params.device, BigInt(params.diskseq));
  return owner === null || owner === uid ? {} : { ownerUid: owner };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The path is for readers of the log; the descriptor is what was acted on. A device that was attached says its own. */
function fileOf({ descriptors: [fd] }: RequestContext, outcome: Outcome): LogFields {
  if (fd === undefined) return {};
  const attached = outcome.kind === 'done' && isObject(outcome.result) ? (outcome.result['device'] ?? outcome.result) : null;
  const backingFile = isObject(attached) ? attached['backingFile'] : null;
  if (isObject(backingFile) && typeof backingFile['text'] === 'string') return { file: backingFile['text'].slice(0, LONGEST_PATH) };
  try {
    return { file: readlinkSync(`/proc/self/fd/${fd}`).slice(0, LONGEST_PATH) };
  } catch {
    return {};
  }
}

function resultOf(outcome: Outcome): LogFields {
  if (outcome.kind === 'done') return { outcome: 'done' };
  const { error } = outcome;
  if (!(error instanceof HelperError)) return { outcome: 'INTERNAL' };
  return { outcome: error.code, ...(error.errno === undefined ? {} : { errno: error.errno }) };
}
