/** What V8 does with its memory while a program does nothing. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from looking every eight seconds, for minutes after any work, whether there is memory to give back: a program that is not looked at must
 * not wake the machine. Only as the first thing a program does: V8 counts what it gave back, and ends the process when it finds this limit below its
 * count (`started_gcs() <= MaxNumberOfGCs()` in its memory-reducer.cc).
 */
export function leaveIdleMemoryAlone(): void {
  setFlagsFromString('--memory-reducer-gc-count=0');
}
