/**
 * What one session of the helper can do: in view mode it looks, elevated it acts, after asking whether it may. Puts the operations,
 * mounting, records and authorization together for main.ts.
 */
import { createAudit, withAudit, withDenialsAudited } from './authorization/audit.ts';
import { createAuthorizer, type Authorizer } from './authorization/authorizer.ts';
import { isApprovedAsAWhole } from './authorization/checkout.ts';
import { createRequestAuthorization } from './authorization/request-authorization.ts';
import type { MainProcess } from './authorization/start-check.ts';
import { readMountInfo } from './linux/process-mounts.ts';
import type { DescriptorPoller } from './linux/poller.ts';
import { createMounting, createMountHandlers } from './mounting/handlers.ts';
import { ownershipOfMount } from './mounting/mounted.ts';
import { FactsReader } from './operations/facts-reader.ts';
import { createHandlers } from './operations/handlers.ts';
import { createRecordKernel } from './records/kernel.ts';
import { createRecords } from './records/ownership.ts';
import type { AuthorizeRequest, HelperHandlers } from './rpc/handlers.ts';
import type { Log } from './rpc/log.ts';
import type { Notify } from './rpc/serve.ts';

export interface Session {
  readonly authorize: AuthorizeRequest;
  readonly createHandlers: (notify: Notify) => HelperHandlers;
}

/** A session without rights of its own; the dispatcher refuses everything but looking. */
export function createViewSession(uid: number, poller: DescriptorPoller): Session {
  return {
    authorize: () => {},
    createHandlers: (notify) => {
      const operations = createHandlers({ mode: 'view', uid, notify, records: null, poller });
      return { ...operations.handlers, ...createMountHandlers(null, operations) };
    },
  };
}

/** Asked at the start, and only where a killed helper left a record. */
function isSlow(number: number): boolean {
  const reader = new FactsReader('elevated');
  reader.setMounts(readMountInfo());
  return reader.isSlow(number);
}

/** A session that acts as root on behalf of `uid`, whose program is `main`. Puts right what killed helpers left behind. */
export function createElevatedSession(facts: {
  readonly uid: number;
  readonly main: MainProcess;
  readonly poller: DescriptorPoller;
  readonly log: Log;
}): Session {
  const { uid, main, poller, log } = facts;
  const records = createRecords({ uid, kernel: createRecordKernel(isSlow) });
  const mounting = createMounting({ uid, records, log });
  const audit = createAudit({ uid, records, mainPid: main.pid, log });
  const authorizer: Authorizer = isApprovedAsAWhole(import.meta.url)
    ? { check: async () => {} }
    : createAuthorizer({
        uid,
        mainPid: main.pid,
        mainStartTime: main.startTime,
        // A process that ends gives its children to another one at once; until then its pid is its own.
        isMainAlive: () => process.ppid === main.pid,
      });
  const authorize = createRequestAuthorization({
    uid,
    authorizer,
    records,
    ownershipOfMount: (target) => ownershipOfMount(mounting, target),
  });
  return {
    authorize: withDenialsAudited(authorize, audit),
    createHandlers: (notify) => {
      const operations = createHandlers({ mode: 'elevated', uid, notify, records, poller });
      return withAudit({ ...operations.handlers, ...createMountHandlers(mounting, operations) }, audit);
    },
  };
}
