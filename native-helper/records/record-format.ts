/**
 * What a record says and how it is written: one JSON line when the work begins, a second when it is done. A helper that was
 * killed between the two leaves a record without its second line. Runs as root; files are root's, and still parsed with care.
 */
import * as v from 'valibot';
import { decimalString, inodeString } from '../protocol/scalar-parsers.ts';

const uid = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_fffe));
const holder = { pid: v.pipe(v.number(), v.integer(), v.minValue(1)), startTime: decimalString };

/** First line of a device record: what was about to be attached, by which helper, for whom. */
const intentLine = v.strictObject({
  uid,
  ...holder,
  number: v.pipe(v.number(), v.integer(), v.minValue(0)),
  fileDevice: decimalString,
  fileInode: inodeString,
  offsetBytes: decimalString,
  sizeLimitBytes: decimalString,
  /** When, in milliseconds since the epoch; versions before 0.2 did not say. */
  at: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** lo_file_name as hexadecimal, without the zeros at its end; our own carries a random part. */
  reference: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2}){0,64}$/u)),
});
export type DeviceIntent = v.InferOutput<typeof intentLine>;

/** Second line: LOOP_CONFIGURE succeeded. */
const doneLine = v.strictObject({ diskseq: decimalString });

export interface DeviceRecord {
  readonly intent: DeviceIntent;
  /** Null while, or because, the work did not get so far. */
  readonly diskseq: bigint | null;
}

/** Longest record that is read at all. */
export const RECORD_BYTES = 4096;

/** Null for text that no helper wrote: damaged records give nobody anything. */
export function parseDeviceRecord(text: string): DeviceRecord | null {
  const [first, second, ...rest] = text.split('\n');
  // Two helpers may have written the same second line.
  if (first === undefined || rest.some((line) => line !== '' && line !== second)) return null;
  const intent = v.safeParse(intentLine, parseLine(first));
  if (!intent.success) return null;
  const done = v.safeParse(doneLine, parseLine(second ?? ''));
  return { intent: intent.output, diskseq: done.success ? BigInt(done.output.diskseq) : null };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
