/** The helper's log: one JSON object a line on descriptor 2. Text from outside cannot forge a line or reach a terminal. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { writeNow } from '../linux/descriptors.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;
export type Log = (event: string, fields?: LogFields) => void;

/** What a reader that does not read may cost. */
const MOST_QUEUED_BYTES = 256 * 1024;
const MOST_TEXT_LENGTH = 4096;

/** Everything but printable ASCII is written as an escape: control characters, C1, bidirectional overrides alike. */
export function logLine(event: string, fields: LogFields): string {
  const isLong = Object.values(fields).some((value) => typeof value === 'string' && value.length > MOST_TEXT_LENGTH);
  const json = JSON.stringify({ event, ...fields }, isLong ? cutText : undefined);
  // Hardly ever is there anything to escape.
  return /[^ -~]/u.test(json) ? `${json.replaceAll(/[^ -~]/gu, escapeCharacter)}\n` : `${json}\n`;
}

function cutText(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, MOST_TEXT_LENGTH) : value;
}

function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Writes to `descriptor`; never blocks on a pipe that nobody reads: lines beyond 256 KiB are dropped. */
export function createLog(descriptor: number): Log {
  const write = openWriter(descriptor);
  return (event, fields = {}) => {
    write(logLine(event, { time: new Date().toISOString(), ...fields }));
  };
}

function openWriter(descriptor: number): (line: string) => void {
  let socket: Socket;
  try {
    socket = new Socket({ fd: descriptor, readable: false, writable: true });
  } catch {
    // A file or a terminal: somebody started the helper by hand.
    return (line) => {
      try {
        writeSync(descriptor, line);
      } catch {
        // Losing the log is no reason to fail, nor to hide why the helper refuses to start.
      }
    };
  }
  // The same.
  socket.on('error', () => {});
  return (line) => {
    if (!socket.writable || socket.writableLength >= MOST_QUEUED_BYTES) return;
    const bytes = Buffer.from(line);
    // The usual case, without the way through a stream. The socket has made the descriptor non-blocking.
    const taken = socket.writableLength === 0 ? writeNow(descriptor, bytes) : 0;
    if (taken < bytes.length) socket.write(bytes.subarray(taken));
  };
}
