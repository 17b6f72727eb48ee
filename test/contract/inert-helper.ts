/**
 * The helper's real session (`native-helper/rpc/serve.ts`) in a process of its own, with handlers that touch nothing, so that hostile
 * messages cannot reach a loop device of the machine. The number of the device says how a request is to behave.
 */
import { pidfdOpen } from '../../native-helper/linux/descriptors.ts';
import { DescriptorPoller } from '../../native-helper/linux/poller.ts';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import type { HandledMethodName, HelperHandlers, RequestContext } from '../../native-helper/rpc/handlers.ts';
import { helperMethods } from '../../native-helper/protocol/methods.ts';
import { createLog } from '../../native-helper/rpc/log.ts';
import { serve, type Notify } from '../../native-helper/rpc/serve.ts';
import { behaviours } from './inert-behaviours.ts';

const log = createLog(2);

function answer(method: string, params: { device?: number | null }, request: RequestContext): unknown {
  switch (params.device) {
    case behaviours.untilAborted:
      return new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)));
    case behaviours.never:
      return new Promise(() => {});
    case behaviours.fault:
      throw new Error('a text that must not cross the wire');
    case behaviours.busy:
      throw new HelperError('DEVICE_BUSY', { errno: 16, detail: { device: 3 } });
    case behaviours.hugeResult:
      return 'x'.repeat(17 * 1024 * 1024);
    case behaviours.largeResult:
      return 'x'.repeat(15 * 1024 * 1024);
    case behaviours.noJson:
      return { count: 1n };
    case behaviours.crash:
      setImmediate(() => {
        throw new Error('a fault outside of any request');
      });
      return new Promise(() => {});
    default:
      return { method, descriptors: request.descriptors.length };
  }
}

function createHandlers(notify: Notify): HelperHandlers {
  const handlers = Object.keys(helperMethods).map((name) => [
    name,
    (params: { device?: number | null }, request: RequestContext) => answer(name, params, request),
  ]);
  let revision = 0;
  const watch = (): { revision: number } => {
    const devices = Array.from({ length: 2000 }, (_, number) => ({ number, backingFile: 'x'.repeat(1000) }));
    revision += 1;
    log('watched', { revision });
    notify('devices/changed', { revision, changed: devices as never, removed: [], unboundNumbers: [] });
    return { revision };
  };
  return { ...Object.fromEntries(handlers), 'devices/watch': watch } as HelperHandlers & Record<HandledMethodName, never>;
}

serve({
  hello: { protocolVersion: 1, version: '0', mode: process.argv[2] === '--view' ? 'view' : 'elevated', uid: 0, pid: process.pid },
  poller: new DescriptorPoller(),
  log,
  authorize: () => {},
  createHandlers,
  callerPidfd: pidfdOpen(process.ppid),
});
