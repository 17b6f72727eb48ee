/**
 * Who may use the browser host: the one browser that opened the address printed at the start. Pure but for its random
 * secrets.
 *
 * The address holds a token that works once. It is exchanged for a cookie, and the page then lives under a path nobody can
 * guess: cookies know no ports, so without that path every other server on this machine that the browser visits would be
 * sent ours.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';

const COOKIE = 'platter';
const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

export class BrowserSession {
  #token: string | null = null;
  readonly #secret = newSecret();
  /** Where the page lives; begins and ends with a slash. */
  readonly folder = `/${newSecret()}/`;

  /** A new token; the one before no longer works. */
  issueToken(): string {
    this.#token = newSecret();
    return this.#token;
  }

  /** True once for the token issued last. */
  redeem(token: string): boolean {
    if (this.#token === null || !isSame(token, this.#token)) return false;
    this.#token = null;
    return true;
  }

  get cookie(): string {
    return `${COOKIE}=${this.#secret}; Path=${this.folder}; HttpOnly; SameSite=Strict`;
  }

  /** Whether a Cookie header holds the session's secret. */
  isOpenedBy(cookieHeader: string | undefined): boolean {
    const pairs = (cookieHeader ?? '').split(';').map((pair) => pair.trim());
    return pairs.some((pair) => pair.startsWith(`${COOKIE}=`) && isSame(pair.slice(COOKIE.length + 1), this.#secret));
  }
}

/**
 * True when the request was meant for this machine's loopback: a page of another site whose name was made to lead here
 * (DNS rebinding) still sends its own name. Any port: an SSH tunnel has its own.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  const match = /^(?<name>\[::1\]|[^:]+)(?<port>:[0-9]{1,5})?$/u.exec(host ?? '');
  const name = match?.groups?.['name'];
  return name !== undefined && LOOPBACK_NAMES.has(name.toLowerCase());
}

/** True when the page that opens a socket is the one this host served: same scheme, name and port. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return isLoopbackHost(host) && origin === `http://${host}`;
}

/** 192 bits as text that may stand in a path. */
function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
