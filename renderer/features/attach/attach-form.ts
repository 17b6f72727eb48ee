/** The attach dialog's fields and what they amount to. Pure. */
import type { ImageDescription } from '../../../electron/ipc/images.ts';
import type { Inspection } from '../../../electron/ipc/inspection.ts';
import type { AttachOptions } from '../../../electron/ipc/methods.ts';
import type { Settings } from '../../../electron/ipc/state.ts';
import { bytesOf, type SizeText } from '../../text/size-text.ts';
import { toDecimalText } from '../../state/decimal-text.ts';
import { attachWords } from '../../text/dialog-words.ts';
import { formatNumber } from '../../text/format.ts';
import { fieldWords } from '../../text/words.ts';

export interface AttachForm {
  readonly readOnly: boolean;
  /** Mount what can be mounted, too; not one of the options of the device. */
  readonly mount: boolean;
  readonly partitionScan: boolean;
  readonly offset: SizeText;
  readonly sizeLimit: SizeText;
  /** Bytes as text; 0 leaves it to the kernel. */
  readonly sectorSize: string;
  readonly directIo: boolean;
  readonly autoclear: boolean;
  readonly reference: string;
  /** Attach the file once more although it is attached. */
  readonly again: boolean;
}

export interface CheckedForm {
  /** Null as long as something does not fit. */
  readonly options: AttachOptions | null;
  readonly errors: { readonly offset?: string; readonly sizeLimit?: string; readonly reference?: string };
  /** The first thing that does not fit. */
  readonly problem: string | undefined;
}

export function firstForm(settings: Settings | undefined): AttachForm {
  return {
    readOnly: settings?.attachReadOnly ?? true,
    mount: settings?.mountFileSystems ?? true,
    partitionScan: settings?.partitionScan ?? true,
    offset: { text: '0', unit: 'B' },
    sizeLimit: { text: '0', unit: 'B' },
    sectorSize: '0',
    directIo: false,
    autoclear: false,
    reference: '',
    again: false,
  };
}

/** A partition table of 4,096-byte sectors is seen only with these: they are chosen as long as the person has not. */
export function withSectorsOf(form: AttachForm, inspection: Inspection | null): AttachForm {
  const isLarge = inspection?.table?.sectorBytes === 4096;
  return isLarge && form.sectorSize === '0' ? { ...form, sectorSize: '4096' } : form;
}

/** Bytes of a reference name in UTF-8; the kernel keeps 63. */
export function referenceError(reference: string): string | undefined {
  return new TextEncoder().encode(reference).byteLength > 63 ? attachWords.referenceTooLong : undefined;
}

function offsetError(offset: bigint | null, sector: bigint, size: bigint | null): string | undefined {
  if (offset === null) return fieldWords.notASize;
  if (size !== null && offset >= size && size > 0n) return attachWords.beyondEnd;
  if (sector !== 0n && offset % sector !== 0n) return attachWords.unaligned(formatNumber(sector));
  return undefined;
}

function limitError(offset: bigint | null, limit: bigint | null, sector: bigint, size: bigint | null): string | undefined {
  if (limit === null) return fieldWords.notASize;
  if (limit !== 0n && size !== null && (offset ?? 0n) + limit > size) return attachWords.beyondEnd;
  if (sector !== 0n && limit % sector !== 0n) return attachWords.unaligned(formatNumber(sector));
  return undefined;
}

export function checkAttachForm(form: AttachForm, description: ImageDescription | null): CheckedForm {
  const offset = bytesOf(form.offset);
  const limit = bytesOf(form.sizeLimit);
  const sector = BigInt(form.sectorSize);
  const size = description === null ? null : BigInt(description.sizeBytes);
  const wrongOffset = offsetError(offset, sector, size);
  const wrongLimit = limitError(offset, limit, sector, size);
  const wrongReference = referenceError(form.reference);
  const errors = {
    ...(wrongOffset === undefined ? {} : { offset: wrongOffset }),
    ...(wrongLimit === undefined ? {} : { sizeLimit: wrongLimit }),
    ...(wrongReference === undefined ? {} : { reference: wrongReference }),
  };
  const unreadable = description?.access === 'none' ? attachWords.access.none : undefined;
  const tooSmall = size !== null && size < 512n ? attachWords.tooSmall : undefined;
  const problem = unreadable ?? tooSmall ?? wrongOffset ?? wrongLimit ?? wrongReference;
  if (problem !== undefined || offset === null || limit === null) return { options: null, errors, problem };
  return { options: toOptions(form, offset, limit), errors, problem };
}

function toOptions(form: AttachForm, offset: bigint, limit: bigint): AttachOptions {
  return {
    readOnly: form.readOnly,
    partitionScan: form.partitionScan,
    offsetBytes: toDecimalText(offset),
    sizeLimitBytes: toDecimalText(limit),
    logicalBlockSizeBytes: Number(form.sectorSize),
    directIo: form.directIo,
    autoclear: form.autoclear,
    reference: form.reference === '' ? null : form.reference,
    whenAttached: form.again ? 'attach-again' : 'reuse',
  };
}
