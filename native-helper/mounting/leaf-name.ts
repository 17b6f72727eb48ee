/** Names of folders under /run/media: from a label that a stranger wrote, and from a user name. Pure. */

const LONGEST_BYTES = 64;

/**
 * The folder for a label: letters, digits and a few signs remain, nothing that a path, a shell, a terminal or a reader could
 * take for something else. Never empty, `.` or `..`.
 */
export function toLeafName(label: string): string {
  const kept = label
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N} ._+-]/gu, '_')
    // No letter has more than a few marks; a hundred are a stain over the lines above it.
    .replace(/(?<three>\p{M}{3})\p{M}+/gu, '$<three>')
    .replace(/_{2,}/gu, '_')
    .replace(/ {2,}/gu, ' ')
    .replace(/^[. \p{M}-]+/u, '');
  const cut = cutToBytes(kept, LONGEST_BYTES).replace(/[. ]+$/u, '');
  return cut === '' || cut === '_' ? 'image' : cut;
}

/** The name with a number, for the second and later folders of that name, inside the same length. */
export function numberedLeafName(name: string, number: number): string {
  const ending = `-${number}`;
  return `${cutToBytes(name, LONGEST_BYTES - ending.length).replace(/[. ]+$/u, '')}${ending}`;
}

/** The folder of a user: his name where it is an ordinary one, otherwise his number. */
export function userFolderName(name: string | null, uid: number): string {
  return name !== null && /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/u.test(name) ? name : String(uid);
}

/** Cuts between characters, so that UTF-8 stays valid. */
function cutToBytes(text: string, bytes: number): string {
  let length = 0;
  let kept = '';
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}
