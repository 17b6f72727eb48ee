/** Reads what the image worker says: its process works on foreign images, so nothing of it is believed unread. Main process. */
import * as v from 'valibot';
import type { ProbeReply } from '../image-worker/findings.ts';
import { decimalString, partitionNumber } from '../../native-helper/protocol/scalar-parsers.ts';

/** Longest label and UUID of any file system, with room. */
const text = v.pipe(v.string(), v.maxLength(4096));
const bytes = v.nullable(decimalString);

const signature = {
  type: text,
  usage: text,
  version: text,
  label: text,
  uuid: text,
  tableType: text,
  ambiguous: v.boolean(),
};

const sized = {
  ...signature,
  space: v.nullable(
    v.strictObject({
      fileSystemBytes: bytes,
      freeBytes: bytes,
      blockBytes: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
      state: v.picklist(['clean', 'unclean', 'errors', 'unknown']),
    }),
  ),
};

const findings = v.strictObject({
  whole: v.strictObject(sized),
  partitions: v.pipe(
    v.array(
      v.strictObject({
        ...sized,
        number: partitionNumber,
        name: text,
        startBytes: decimalString,
        sizeBytes: decimalString,
        isExtended: v.boolean(),
      }),
    ),
    v.maxLength(256),
  ),
});

const place = { ...sized, volumeGroup: text };

const table = v.strictObject({
  kind: v.picklist(['gpt', 'mbr', 'other']),
  id: text,
  sectorBytes: v.picklist([512, 4096]),
  usable: v.nullable(v.strictObject({ startBytes: decimalString, endBytes: decimalString })),
  neededBytes: decimalString,
  damage: v.pipe(
    v.array(v.picklist(['gpt-primary-damaged', 'gpt-backup-missing', 'gpt-backup-damaged', 'gpt-backup-misplaced'])),
    v.maxLength(4),
  ),
  partitions: v.pipe(
    v.array(
      v.strictObject({
        ...place,
        number: partitionNumber,
        typeCode: text,
        name: text,
        partitionUuid: text,
        startBytes: decimalString,
        sizeBytes: decimalString,
        bootable: v.boolean(),
        role: v.picklist(['primary', 'extended', 'logical']),
      }),
    ),
    v.maxLength(1024),
  ),
});

const format = v.variant('kind', [
  v.strictObject({ kind: v.literal('raw') }),
  v.strictObject({
    kind: v.literal('container'),
    name: v.picklist(['qcow2', 'vhd', 'vhdx', 'vmdk', 'vdi']),
    virtualSizeBytes: bytes,
    parentName: v.nullable(text),
  }),
  v.strictObject({ kind: v.literal('compressed'), name: v.picklist(['gzip', 'xz', 'zstd', 'bzip2', 'zip']), unpackedBytes: bytes }),
  v.strictObject({ kind: v.literal('explained'), name: v.picklist(['cue', 'nrg', 'mdf', 'dmg', 'parallels']) }),
]);

const image = v.strictObject({ format, whole: v.nullable(v.strictObject(place)), table: v.nullable(table) });

const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const reply = v.union([v.strictObject({ id, findings }), v.strictObject({ id, image }), v.strictObject({ id, failure: v.string() })]);

/** Null for a line that is no reply. */
export function parseProbeReply(line: string): ProbeReply | null {
  try {
    return v.parse(reply, JSON.parse(line));
  } catch {
    return null;
  }
}
