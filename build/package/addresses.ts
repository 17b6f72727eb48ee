/** Addresses that have to be filled in before there is a home page. Pure. */

/** False in a domain that cannot exist (RFC 2606). */
export function isRealAddress(url: string): boolean {
  return !new URL(url).hostname.endsWith('.example');
}

const addressed = /^ *<(?<tag>url|screenshots)\b[^>]*>[^]*?<\/\k<tag>>\n/gmu;

/** AppStream metadata without the elements whose addresses lead nowhere: no software centre shows a link or picture that is not there. */
export function withoutDeadAddresses(metainfo: string): string {
  return metainfo.replaceAll(addressed, (element) => ((element.match(/https:[^<]*/gu) ?? []).every(isRealAddress) ? element : ''));
}
