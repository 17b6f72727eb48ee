/** Says what kind of file an image is by its header or footer: raw, a container, compressed, or something to explain. Image worker. */
import { readCompression } from './compression.ts';
import { readContainer } from './containers.ts';
import type { FormatFinding } from './findings.ts';
import type { ImageBytes } from './image-bytes.ts';

/** The start of a raw sector of a CD with its 2,352 bytes: the synchronisation pattern (ECMA-130, 14.1). */
const CD_SYNC = Buffer.from('00ffffffffffffffffffff00', 'hex');
/** A cue sheet is a page of text. */
const CUE_BYTES = 512;

export function recogniseFormat(image: ImageBytes): FormatFinding {
  return readContainer(image) ?? readCompression(image) ?? readExplained(image) ?? { kind: 'raw' };
}

function readExplained(image: ImageBytes): FormatFinding | null {
  const name = explainedName(image);
  return name === null ? null : { kind: 'explained', name };
}

function explainedName(image: ImageBytes): Extract<FormatFinding, { kind: 'explained' }>['name'] | null {
  const start = image.read(0, Number(image.sizeBytes < 16n ? image.sizeBytes : 16n)) ?? Buffer.alloc(0);
  const text = start.toString('latin1');
  // Parallels' two generations of expanding disks (QEMU docs/interop/parallels.txt).
  if (text === 'WithoutFreeSpace' || text === 'WithouFreSpacExt') return 'parallels';
  // Alcohol 120%: the .mds that describes an .mdf.
  if (text === 'MEDIA DESCRIPTOR') return 'mdf';
  if (start.subarray(0, CD_SYNC.length).equals(CD_SYNC)) return 'cue';
  if (isCueSheet(image)) return 'cue';
  return footerName(image);
}

function isCueSheet(image: ImageBytes): boolean {
  if (image.sizeBytes > 64n * 1024n) return false;
  const length = Number(image.sizeBytes < BigInt(CUE_BYTES) ? image.sizeBytes : BigInt(CUE_BYTES));
  const text = image.read(0, length)?.toString('latin1') ?? '';
  return /^\s*(?:REM |CATALOG |PERFORMER |TITLE |CDTEXTFILE )?[^\0]*^\s*FILE .+ (?:BINARY|MOTOROLA|WAVE|AIFF|MP3)\s*$/imu.test(text);
}

function footerName(image: ImageBytes): 'nrg' | 'dmg' | null {
  const nero = image.read(image.sizeBytes - 12n, 12)?.toString('latin1') ?? '';
  // Nero: `NER5` and a 64-bit offset, before that `NERO` and a 32-bit one.
  if (nero.startsWith('NER5') || nero.startsWith('NERO', 4)) return 'nrg';
  return image.read(image.sizeBytes - 512n, 4)?.toString('latin1') === 'koly' ? 'dmg' : null;
}
