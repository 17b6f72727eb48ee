/** Puts the parts of one session together: way in, dispatcher, way out, end. Runs as root. */
import { exitNow } from '../linux/descriptors.ts';
import { receiveMessage } from '../linux/messages.ts';
import { closeFile } from '../linux/slow-files.ts';
import { pollEvents, type DescriptorPoller } from '../linux/poller.ts';
import { exitCodes, type HelperNotifications, type NotificationName } from '../protocol/envelope.ts';
import type { HelloResult } from '../protocol/session.ts';
import { createReader } from './connection.ts';
import { Dispatcher } from './dispatcher.ts';
import { Ending } from './ending.ts';
import type { AuthorizeRequest, HelperHandlers } from './handlers.ts';
import type { Log } from './log.ts';
import { Output } from './output.ts';

/** Tells the peer without being asked. */
export type Notify = <N extends NotificationName>(method: N, params: HelperNotifications[N]) => void;

export interface ServeOptions {
  readonly hello: HelloResult;
  readonly poller: DescriptorPoller;
  readonly log: Log;
  readonly authorize: AuthorizeRequest;
  readonly createHandlers: (notify: Notify) => HelperHandlers;
  /** A pidfd of the program that started the helper; the session ends with it. */
  readonly callerPidfd: number;
}

const INPUT = 0;
const OUTPUT = 1;

/**
 * Serves the peer on descriptors 0 and 1 until its input ends, it breaks the rules, or its process is gone; then the process exits.
 * Throws when descriptor 1 is neither pipe nor socket.
 */
export function serve(options: ServeOptions): void {
  const { poller, log } = options;
  const closeReceived = (descriptor: number): void => closeQuietly(descriptor, log);
  const ending = new Ending({
    endRequests: () => dispatcher.end(),
    flush: () => output.flush(),
    stopPoller: () => poller.stop(),
    exitNow,
    log,
  });
  const output = new Output(OUTPUT, {
    onBroken: () => ending.begin(exitCodes.done, 'nobody reads the replies'),
    onOverflow: () => ending.begin(exitCodes.protocol, 'the replies are not read'),
  });
  process.on('uncaughtException', (error) => ending.fail(error));
  const dispatcher: Dispatcher = new Dispatcher({
    hello: options.hello,
    handlers: options.createHandlers((method, params) => output.notify(method, params)),
    authorize: options.authorize,
    send: (line) => output.send(line),
    closeDescriptor: closeReceived,
    log,
    onShutdown: () => ending.begin(exitCodes.done, 'session/shutdown'),
  });
  const read = createReader({
    receive: (bytes) => receiveMessage(INPUT, bytes),
    dispatcher,
    closeDescriptor: closeReceived,
    onEnd: () => stopReading(exitCodes.done, 'end of input'),
    onViolation: (reason) => stopReading(exitCodes.protocol, reason),
  });
  const unregister = poller.register(INPUT, pollEvents.POLLIN, () => guarded(read, ending));
  const stopReading = (status: number, reason: string): void => {
    unregister();
    ending.begin(status, reason);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ending.begin(exitCodes.done, signal));
  watchCaller(options, ending);
}

/** End of input may be missed while somebody else keeps the socket open; the end of the caller cannot. */
function watchCaller({ poller, callerPidfd }: ServeOptions, ending: Ending): void {
  const unregister = poller.register(callerPidfd, pollEvents.POLLIN, () => {
    unregister();
    ending.begin(exitCodes.done, 'the caller has ended');
  });
}

/** The poller cannot pass a fault on. */
function guarded(action: () => void, ending: Ending): void {
  try {
    action();
  } catch (error) {
    ending.fail(error);
  }
}

/** An image on a network file system may report a late error at its close; the request has its outcome already. */
function closeQuietly(descriptor: number, log: Log): void {
  try {
    closeFile(descriptor);
  } catch {
    log('close-failed', { descriptor });
  }
}
