/** Keeps a program that is started from getting what it was not meant to have. Main process. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import type { IOType } from 'node:child_process';

/** 0 to 2 and further of the new program: descriptors of this one, or what spawn makes of the words. */
export type StandardStreams = readonly (IOType | number)[];

/**
 * Runs `start` with the streams for spawn's `stdio`, and /dev/null in every further place where this process has something: Chromium's
 * descriptors are not close-on-exec, so its sockets and shared memory would reach every program that is started and stay there.
 */
export function withNothingInherited<T>(streams: StandardStreams, start: (stdio: (IOType | number)[]) => T): T {
  const nothing = openSync('/dev/null', 'r+');
  try {
    const highest = Math.max(...readdirSync('/proc/self/fd').map(Number));
    const others = Math.max(0, highest + 1 - streams.length);
    return start([...streams, ...Array<number>(others).fill(nothing)]);
  } finally {
    closeSync(nothing);
  }
}
