/** Answers that come every few seconds and mostly say what the last one said. Pure. */

/**
 * `before` where `now` says the same, so that nothing is rendered for it. For what came as JSON and from one place: names in
 * one order, nothing but values.
 */
export function keepSame<T>(before: T, now: T): T {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
