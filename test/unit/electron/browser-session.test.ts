import { describe, expect, test } from 'vitest';
import { BrowserSession, isLoopbackHost, isOwnOrigin } from '../../../electron/hosts/browser-session.ts';

describe('the session of the browser host', () => {
  test('opens once for its token', () => {
    const session = new BrowserSession();
    const token = session.issueToken();
    expect([session.redeem(''), session.redeem(`${token}x`), session.redeem(token), session.redeem(token)]).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  test('knows its cookie among others and no other', () => {
    const session = new BrowserSession();
    const [pair = ''] = session.cookie.split(';');
    expect(session.isOpenedBy(`theme=dark; ${pair}`)).toBe(true);
    const others = [undefined, '', 'platter=', `${pair}x`, pair.toUpperCase(), `x${pair}`];
    expect(others.map((header) => session.isOpenedBy(header))).toEqual(others.map(() => false));
    expect(new BrowserSession().isOpenedBy(pair)).toBe(false);
  });

  test('binds its cookie to a folder that nobody can guess and keeps scripts and other sites from it', () => {
    const session = new BrowserSession();
    expect(session.folder).toMatch(/^\/[\w-]{32}\/$/u);
    expect(session.cookie.split('; ').slice(1)).toEqual([`Path=${session.folder}`, 'HttpOnly', 'SameSite=Strict']);
    expect(new BrowserSession().folder).not.toBe(session.folder);
  });
});

describe('a request', () => {
  test.each(['127.0.0.1', '127.0.0.1:8080', 'localhost:9000', 'LOCALHOST', '[::1]:80'])('for %s is ours', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  test.each([
    undefined,
    '',
    'example.org',
    'example.org:80',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '127.0.0.2',
    '10.0.0.1',
    '127.0.0.1:80:80',
    '127.0.0.1@example.org',
    '[::2]',
  ])('for %s is not', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });

  test('of another page on this machine is of another origin', () => {
    const host = '127.0.0.1:4000';
    expect(isOwnOrigin('http://127.0.0.1:4000', host)).toBe(true);
    for (const origin of [
      undefined,
      'null',
      'http://127.0.0.1:4001',
      'http://localhost:4000',
      'https://127.0.0.1:4000',
      'http://example.org',
    ]) {
      expect(isOwnOrigin(origin, host)).toBe(false);
    }
    expect(isOwnOrigin('http://example.org', 'example.org')).toBe(false);
  });
});
