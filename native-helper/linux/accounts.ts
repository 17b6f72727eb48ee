/** Users by number, as the system's name service knows them (getpwuid_r(3)). Runs as root. */
import { addressOf, checkUnsigned, load, type Memory } from './ffi.ts';

const getpwuid = load<(uid: number, entry: Memory, text: Memory, bytes: number, result: Memory) => number>(
  'int getpwuid_r(unsigned int, void *, void *, size_t, void *)',
);

export interface Account {
  readonly name: string;
  /** The primary group. */
  readonly gid: number;
}

/** struct passwd, pwd.h of 64-bit glibc: pw_name 0, pw_passwd 8, pw_uid 16, pw_gid 20, then pointers; 48 bytes. */
const ENTRY_BYTES = 48;
const TEXT_BYTES = 65_536;

/** The account of a uid; null when there is none, or the name service does not answer. Names that are not UTF-8 come with U+FFFD. */
export function readAccount(uid: number): Account | null {
  const entry = Buffer.alloc(ENTRY_BYTES);
  const text = Buffer.alloc(TEXT_BYTES);
  const result = Buffer.alloc(8);
  const errno = getpwuid(checkUnsigned(uid, 'a user id'), entry, text, TEXT_BYTES, result);
  if (errno !== 0 || result.readBigUInt64LE(0) === 0n || entry.readUInt32LE(16) !== uid) return null;
  // Every string lies in `text`; the name's place in it is the difference of two addresses.
  const start = entry.readBigUInt64LE(0) - addressOf(text);
  if (start < 0n || start >= BigInt(TEXT_BYTES)) return null;
  const end = text.indexOf(0, Number(start));
  return { name: text.toString('utf8', Number(start), end), gid: entry.readUInt32LE(20) };
}
