/** Tells errors of node:fs apart. Runs as root. */

/** True for an error of node:fs with one of these codes, such as `EEXIST`. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
