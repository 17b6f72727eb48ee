/**
 * The files of the built page, and nothing else: the list is made once, so that no address can lead out of it.
 * Both hosts serve the page from here, with the same headers.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

const INDEX = 'index.html';
/** Stands in the built page where the nonce goes (renderer/index.html). */
const NONCE_MARK = '__PLATTER_CSP_NONCE__';

export interface PageAnswer {
  readonly status: 200 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** `connect`: what the page may speak to besides its own files. */
export interface PagePolicy {
  readonly connect: 'none' | 'self';
}

export class PageFiles {
  readonly #folder: string;
  readonly #names: ReadonlySet<string>;
  readonly #policy: PagePolicy;

  /** `folder` is dist/renderer. Throws the system's error when it is not there. */
  constructor(folder: string, policy: PagePolicy) {
    this.#folder = folder;
    this.#policy = policy;
    this.#names = new Set(listFiles(folder, ''));
  }

  /** The answer for a path relative to the page, empty for the page itself; only exact names of built files are found. */
  async answer(path: string): Promise<PageAnswer> {
    const name = path === '' ? INDEX : path;
    const type = this.#names.has(name) ? types[extname(name)] : undefined;
    if (type === undefined) return notFound(this.#policy);
    const nonce = randomBytes(16).toString('base64');
    const bytes = await readFile(join(this.#folder, name));
    const body = name === INDEX ? Buffer.from(bytes.toString('utf8').replace(NONCE_MARK, nonce)) : bytes;
    return { status: 200, headers: { 'content-type': type, ...securityHeaders(this.#policy, nonce) }, body };
  }
}

function notFound(policy: PagePolicy): PageAnswer {
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...securityHeaders(policy, null) };
  return { status: 404, headers, body: Buffer.from('Not found\n') };
}

/** Headers of every answer (SECURITY.md §4.3). The nonce is for the style elements React Aria makes; scripts never need one. */
export function securityHeaders({ connect }: PagePolicy, nonce: string | null): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    nonce === null ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src '${connect}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
    'cache-control': 'no-store',
  };
}

function listFiles(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    return entry.isDirectory() ? listFiles(folder, name) : [name];
  });
}
