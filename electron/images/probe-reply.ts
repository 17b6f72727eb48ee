/** Reads what the image worker says: its process works on foreign images, so nothing of it is believed unread. Main process. */
import * as v from 'valibot';
import type { ProbeReply } from '../image-worker/findings.ts';
import { decimalString, partitionNumber } from '../../native-helper/protocol/scalar-parsers.ts';

/** Longest label and UUID of any file system, with room. */
const text = v.pipe(v.string(), v.maxLength(4096));

const signature = {
  type: text,
  usage: text,
  version: text,
  label: text,
  uuid: text,
  tableType: text,
  ambiguous: v.boolean(),
};

const findings = v.strictObject({
  whole: v.strictObject(signature),
  partitions: v.pipe(
    v.array(
      v.strictObject({
        ...signature,
        number: partitionNumber,
        startBytes: decimalString,
        sizeBytes: decimalString,
        isExtended: v.boolean(),
      }),
    ),
    v.maxLength(256),
  ),
});

const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const reply = v.union([v.strictObject({ id, findings }), v.strictObject({ id, failure: v.string() })]);

/** Null for a line that is no reply. */
export function parseProbeReply(line: string): ProbeReply | null {
  try {
    return v.parse(reply, JSON.parse(line));
  } catch {
    return null;
  }
}
