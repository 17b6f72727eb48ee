/**
 * The way out: lines on descriptor 1, which carries nothing else. Never blocks. A peer that does not read costs at most
 * 64 MiB, and changes of devices are merged while it lags behind. Runs as root.
 */
import { Socket } from 'node:net';
import { writeNow } from '../linux/descriptors.ts';
import type { DeviceChanges } from '../protocol/devices.ts';
import type { HelperNotifications, NotificationName } from '../protocol/envelope.ts';
import { mergeChanges } from './merge-changes.ts';
import { notificationLine } from './replies.ts';

export const outputLimits = { queuedBytes: 64 * 1024 * 1024, lagBytes: 1024 * 1024 } as const;

interface OutputEvents {
  /** The peer has closed its end. */
  readonly onBroken: () => void;
  /** The peer lags more than 64 MiB behind. */
  readonly onOverflow: () => void;
}

export class Output {
  readonly #descriptor: number;
  /** Sends what the kernel does not take at once, and tells when the peer has gone. */
  readonly #socket: Socket;
  readonly #events: OutputEvents;
  #lateChanges: DeviceChanges | null = null;

  /** Throws when `descriptor` is neither a pipe nor a socket. */
  constructor(descriptor: number, events: OutputEvents) {
    this.#descriptor = descriptor;
    this.#socket = new Socket({ fd: descriptor, readable: false, writable: true });
    this.#events = events;
    this.#socket.on('error', () => events.onBroken());
    this.#socket.on('drain', () => this.#sendLateChanges());
  }

  /** `line` comes without its newline. */
  send(line: string): void {
    if (!this.#socket.writable) return;
    const bytes = Buffer.from(`${line}\n`);
    if (this.#socket.writableLength + bytes.length > outputLimits.queuedBytes) {
      this.#events.onOverflow();
      return;
    }
    // The usual case, without the way through a stream. The socket has made the descriptor non-blocking.
    const taken = this.#socket.writableLength === 0 ? writeNow(this.#descriptor, bytes) : 0;
    if (taken < bytes.length) this.#socket.write(bytes.subarray(taken));
  }

  notify<N extends NotificationName>(method: N, params: HelperNotifications[N]): void {
    // While older changes wait, newer ones must not overtake them: the peer would drop the older revision.
    if (this.#lateChanges !== null || this.#socket.writableLength > outputLimits.lagBytes) {
      this.#lateChanges = mergeChanges(this.#lateChanges, params);
      return;
    }
    this.send(notificationLine(method, params));
  }

  /** Resolves when everything is with the kernel or the peer is gone. */
  async flush(): Promise<void> {
    if (this.#socket.writableLength === 0 || !this.#socket.writable) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', resolve);
      this.#socket.write('', () => resolve());
    });
  }

  #sendLateChanges(): void {
    const changes = this.#lateChanges;
    this.#lateChanges = null;
    if (changes !== null) this.notify('devices/changed', changes);
  }
}
