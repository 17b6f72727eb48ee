/**
 * Which files a pasted text names: absolute paths, `~/` paths, `file:` addresses, quoted as shells and file managers
 * quote them, one a line or several quoted ones on a line. Pure.
 */

/** File managers put these words above a list of copied files. */
const FILE_MANAGER_WORDS = new Set(['copy', 'cut']);

/** One file a text names. A backslash may belong to the name or escape what follows: both readings, likeliest first. */
export type PathReadings = readonly [Buffer, ...Buffer[]];

/** Files named by `text`, in its order; what names none is passed over. `home` stands for `~`. */
export function parsePastedPaths(text: string, home: string): PathReadings[] {
  return text
    .split(/[\r\n\0]+/u)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !FILE_MANAGER_WORDS.has(line))
    .flatMap((line) => readLine(line, home));
}

function readLine(line: string, home: string): PathReadings[] {
  const words = /^(?:'[^']*'|"[^"]*")(?:\s+(?:'[^']*'|"[^"]*"))*$/u.test(line) ? line.match(/'[^']*'|"[^"]*"/gu) : null;
  if (words !== null) return words.flatMap((word) => readPath(word.slice(1, -1), home));
  return readPath(line, home);
}

function readPath(text: string, home: string): PathReadings[] {
  if (/^file:/iu.test(text)) {
    const path = parseFileAddress(text);
    return path === null ? [] : [[path]];
  }
  const full = text === '~' || text.startsWith('~/') ? `${home}${text.slice(1)}` : text;
  if (!full.startsWith('/')) return [];
  const plain = Buffer.from(full);
  if (!full.includes('\\')) return [[plain]];
  return [[plain, Buffer.from(full.replace(/\\(?<escaped>.)/gu, '$<escaped>'))]];
}

/**
 * The path of a `file:` address (RFC 8089), as bytes since %XX may stand for any byte. Null for an address of another
 * machine, one that is malformed, and one with a NUL byte.
 */
export function parseFileAddress(address: string): Buffer | null {
  const match = /^file:(?:\/\/(?<host>[^/]*)(?<path>\/[^?#]*)|(?<bare>\/(?!\/)[^?#]*))/iu.exec(address);
  const host = match?.groups?.['host'] ?? '';
  const encoded = match?.groups?.['path'] ?? match?.groups?.['bare'];
  if (encoded === undefined || (host !== '' && host.toLowerCase() !== 'localhost')) return null;
  if (/%(?![0-9a-f]{2})/iu.test(encoded) || encoded.includes('%00')) return null;
  const parts = encoded.split(/(?<byte>%[0-9a-f]{2})/iu);
  return Buffer.concat(parts.map((part, index) => (index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))));
}
