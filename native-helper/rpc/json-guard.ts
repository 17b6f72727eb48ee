/** Parses JSON from a hostile peer: what JSON.parse alone lets through is refused here. Runs as root. */
import { HelperError } from '../protocol/errors.ts';
import { limits } from '../protocol/envelope.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Keys that reach into the prototype when an object is copied carelessly (SECURITY.md §5, last row). */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A refused key stands in the text as it is or with an escape, and only an escape can make text that is not well formed: most lines have neither and need no walk. */
const MAY_BE_HARMFUL = /\\|__proto__|constructor|prototype/u;

/**
 * The value of one line. Throws HelperError: PARSE_ERROR for what is not JSON, INVALID_REQUEST for JSON that nests deeper than 32
 * levels, has a prototype key anywhere, or text that no UTF-8 can say. Of a repeated key the last counts, everywhere alike,
 * because everything looks only at the parsed value.
 */
export function parseGuardedJson(text: string): unknown {
  if (nestsDeeperThan(text, limits.nestingLevels)) throw new HelperError('INVALID_REQUEST');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HelperError('PARSE_ERROR');
  }
  if (MAY_BE_HARMFUL.test(text) && !isHarmless(value)) throw new HelperError('INVALID_REQUEST');
  return value;
}

/** Counts brackets outside strings, before the parser builds anything. Text that is not JSON may give any answer. */
export function nestsDeeperThan(text: string, levels: number): boolean {
  let depth = 0;
  let insideString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (insideString) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) insideString = false;
    } else if (code === QUOTE) {
      insideString = true;
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > levels) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

/** Recursion is bounded by the nesting limit checked before. */
function isHarmless(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isHarmless);
  return Object.entries(value).every(([key, member]) => !REFUSED_KEYS.has(key) && key.isWellFormed() && isHarmless(member));
}
