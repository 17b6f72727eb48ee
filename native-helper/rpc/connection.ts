/** The way in: descriptor 0, read only with recvmsg because a plain read drops descriptors. Runs as root. */
import type { ReceivedMessage } from '../linux/messages.ts';
import { ProtocolViolation, type Dispatcher } from './dispatcher.ts';

/** Large enough for the longest line, so that most requests come in one piece. */
const READ_BYTES = 64 * 1024;

/** A peer that never stops writing must not keep everything else from running; poll(2) says again what is left. */
const READS_PER_TURN = 32;

export interface ConnectionOptions {
  /** recvmsg of the socket, at most so many bytes; never sleeps. Throws SyscallError. */
  readonly receive: (bytes: number) => ReceivedMessage;
  readonly dispatcher: Pick<Dispatcher, 'receive'>;
  readonly closeDescriptor: (descriptor: number) => void;
  /** The peer has closed its end or the socket failed. */
  readonly onEnd: () => void;
  /** The peer broke the rules; nothing more is read. */
  readonly onViolation: (reason: string) => void;
}

/** What the poller calls when the socket is readable. Does nothing any more after the end. */
export function createReader(options: ConnectionOptions): () => void {
  let isOpen = true;
  return () => {
    for (let reads = 0; isOpen && reads < READS_PER_TURN; reads += 1) {
      const message = options.receive(READ_BYTES);
      if (message.kind === 'empty') return;
      isOpen = message.kind === 'data' && take(message, options);
      if (message.kind === 'end') options.onEnd();
      // Hardly ever is there more after it, and then poll(2) says so.
      else if (message.bytes.length < READ_BYTES) return;
    }
  };
}

/** False after a violation. */
function take(message: ReceivedMessage & { kind: 'data' }, options: ConnectionOptions): boolean {
  if (message.truncatedControl || message.otherControl) {
    for (const descriptor of message.descriptors) options.closeDescriptor(descriptor);
    options.onViolation('unexpected control message');
    return false;
  }
  try {
    options.dispatcher.receive(message.bytes, message.descriptors);
    return true;
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    options.onViolation(error.message);
    return false;
  }
}
