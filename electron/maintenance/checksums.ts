/** Checksums as people and programs write them: GNU and BSD lines, files of them, pasted values. Pure. */
import type { ChecksumAlgorithm, Checksums } from '../ipc/library.ts';

export const checksumAlgorithms = ['md5', 'sha256', 'sha512'] as const satisfies readonly ChecksumAlgorithm[];

const digits: Readonly<Record<number, ChecksumAlgorithm>> = { 32: 'md5', 64: 'sha256', 128: 'sha512' };
const bsdNames: Readonly<Record<string, ChecksumAlgorithm>> = {
  md5: 'md5',
  sha256: 'sha256',
  sha512: 'sha512',
  'sha2-256': 'sha256',
  'sha2-512': 'sha512',
};

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hexadecimal. */
  readonly value: string;
}

function toChecksum(hex: string): Checksum | null {
  const algorithm = /^[0-9a-f]+$/iu.test(hex) ? digits[hex.length] : undefined;
  return algorithm === undefined ? null : { algorithm, value: hex.toLowerCase() };
}

/** A value by itself, with its kind before it (`sha256:…`), or a line of a checksum file. Null for anything else. */
export function parsePastedChecksum(text: string): Checksum | null {
  const trimmed = text.trim();
  const line = parseLine(Buffer.from(trimmed));
  if (line !== null) return line.checksum;
  // Some write the value in groups.
  const [, name, value] = /^(?:((?:md|sha)[0-9-]+)\s*[:=]\s*)?([0-9a-f][0-9a-f\s:]*)$/iu.exec(trimmed) ?? [];
  const checksum = toChecksum((value ?? '').replaceAll(/[\s:]/gu, ''));
  if (checksum === null || name === undefined) return checksum;
  return bsdNames[name.toLowerCase()] === checksum.algorithm ? checksum : null;
}

interface Line {
  readonly checksum: Checksum;
  /** Name of the file as bytes. Null: the value stands alone. */
  readonly name: Buffer | null;
}

/** `hash  name`, `hash *name`, `\hash  na\\me`, `SHA256 (name) = hash`, or the value alone. */
function parseLine(line: Buffer): Line | null {
  // Latin-1 keeps every byte of the name as one character.
  const text = line.toString('latin1').replace(/\r$/u, '');
  const [, gnuMark, gnuHex, gnuName] = /^(\\?)([0-9a-fA-F]{32,128})(?: [ *]|\t)(.+)$/su.exec(text) ?? [];
  if (gnuHex !== undefined && gnuName !== undefined) return named(gnuHex, gnuName, gnuMark === '\\');
  const [, bsdMark, bsdKind, bsdName, bsdHex] = /^(\\?)([A-Za-z0-9-]+) ?\((.+)\) ?= ?([0-9a-fA-F]+)$/su.exec(text) ?? [];
  if (bsdHex !== undefined && bsdName !== undefined) {
    const line_ = named(bsdHex, bsdName, bsdMark === '\\');
    return line_ !== null && bsdNames[(bsdKind ?? '').toLowerCase()] === line_.checksum.algorithm ? line_ : null;
  }
  const checksum = toChecksum(text.trim());
  return checksum === null ? null : { checksum, name: null };
}

function named(hex: string, name: string, isEscaped: boolean): Line | null {
  const checksum = toChecksum(hex);
  const plain = isEscaped ? name.replaceAll(/\\([\\nr])/gu, (_match, letter: string) => escapes[letter] ?? letter) : name;
  return checksum === null ? null : { checksum, name: Buffer.from(plain, 'latin1') };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' };

/**
 * What a checksum file says of the image with this name (bytes, no folder). Folders before names do not count. With `isOwn` (the file is named
 * after the image) a single value without a name is taken too.
 */
export function readChecksumFile(content: Buffer, imageName: Buffer, isOwn: boolean): Checksums {
  const sums: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const line of splitLines(content)) {
    const found = parseLine(line);
    if (found === null) continue;
    const isIts = found.name === null ? isOwn : baseName(found.name).equals(imageName);
    if (isIts) sums[found.checksum.algorithm] ??= found.checksum.value;
  }
  return sums;
}

function splitLines(content: Buffer): Buffer[] {
  const withoutMark = content.subarray(0, 3).equals(Buffer.from('\u{feff}')) ? content.subarray(3) : content;
  const lines: Buffer[] = [];
  for (let start = 0; start < withoutMark.length;) {
    const end = withoutMark.indexOf(0x0a, start);
    lines.push(withoutMark.subarray(start, end === -1 ? withoutMark.length : end));
    start = end === -1 ? withoutMark.length : end + 1;
  }
  return lines;
}

function baseName(name: Buffer): Buffer {
  return name.subarray(name.lastIndexOf(0x2f) + 1);
}

/** Whether a file of this name may hold the checksums of the image: `own` is named after it. Names as Latin-1. */
export function judgeChecksumName(name: string, imageName: string): 'own' | 'list' | 'no' {
  const lower = name.toLowerCase();
  const rest = name.startsWith(`${imageName}.`) ? lower.slice(imageName.length + 1) : null;
  if (rest !== null && /^(?:md5|sha256|sha512)(?:sum|sums)?(?:\.txt)?$|^(?:checksum|checksums|hash)$/u.test(rest)) return 'own';
  const isList =
    /^(?:md5|sha256|sha512)sums?(?:\.txt)?$|^checksums?(?:\.(?:txt|sha256|sha512|md5))?$|-checksums?$|\.(?:md5|sha256|sha512)sums?$/u.test(
      lower,
    );
  return isList ? 'list' : 'no';
}
