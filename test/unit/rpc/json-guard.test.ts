import { describe, expect, test } from 'vitest';
import { nestsDeeperThan, parseGuardedJson } from '../../../native-helper/rpc/json-guard.ts';

function codeOf(text: string): string | null {
  try {
    parseGuardedJson(text);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the nesting limit', () => {
  test('counts only brackets outside of strings', () => {
    expect(nestsDeeperThan('[[]]', 2)).toBe(false);
    expect(nestsDeeperThan('[[]]', 1)).toBe(true);
    expect(nestsDeeperThan('["[[[[","{{{{"]', 1)).toBe(false);
    expect(nestsDeeperThan('["\\"[[[["]', 1)).toBe(false);
    expect(nestsDeeperThan('["\\\\",[]]', 1)).toBe(true);
    expect(nestsDeeperThan('[{}, {}, {}]', 2)).toBe(false);
  });

  test('lets 32 levels through and refuses 33', () => {
    expect(codeOf('['.repeat(32) + ']'.repeat(32))).toBeNull();
    expect(codeOf('['.repeat(33) + ']'.repeat(33))).toBe('INVALID_REQUEST');
  });

  test('refuses a million levels before anything is parsed', () => {
    expect(codeOf('['.repeat(1_000_000))).toBe('INVALID_REQUEST');
  });
});

describe('guarded JSON', () => {
  test.each(['', ' ', '{', '{}{}', "{'a':1}", '{"a":1,}', '\uFEFF{}', '01', 'NaN', '"\n"', 'undefined'])(
    'refuses %j as no JSON',
    (text) => {
      expect(codeOf(text)).toBe('PARSE_ERROR');
    },
  );

  test.each([
    '{"__proto__":1}',
    '{"a":[{"constructor":1}]}',
    '[[{"prototype":{}}]]',
    '{"\\u005f\\u005fproto\\u005f\\u005f":1}',
    '{"a":"\\ud800"}',
    '{"\\udc00":1}',
    '["\\udc00\\ud800"]',
  ])('refuses %s', (text) => {
    expect(codeOf(text)).toBe('INVALID_REQUEST');
  });

  test('leaves the prototype of objects as it is', () => {
    expect(codeOf('{"__proto__":{"readOnly":true}}')).toBe('INVALID_REQUEST');
    expect(({} as { readOnly?: boolean }).readOnly).toBeUndefined();
  });

  test('gives everything else as it is', () => {
    expect(parseGuardedJson('{"a":["\\ud83d\\udcbf",null,-1.5e3],"toString":{"hasOwnProperty":true}}')).toStrictEqual({
      a: ['\u{1F4BF}', null, -1500],
      toString: { hasOwnProperty: true },
    });
  });
});
