/** What the file worker is asked, as words of its command line, and what it says; one JSON object a line. Sizes are bytes as decimal text. */
import * as v from 'valibot';

const decimal = v.pipe(v.string(), v.regex(/^\d{1,19}$/u));

export type FileWork =
  /** Descriptor 3 is read. */
  | { readonly kind: 'hash'; readonly sizeBytes: string; readonly algorithms: readonly string[] }
  /** Whether nobody else has descriptor 3 open. */
  | { readonly kind: 'ask-alone' }
  /** Descriptor 3 is read and written. */
  | { readonly kind: 'punch'; readonly sizeBytes: string }
  /** From descriptor 3 to descriptor 4. */
  | { readonly kind: 'copy'; readonly startBytes: string; readonly endBytes: string };

export const fileWork = v.variant('kind', [
  v.strictObject({ kind: v.literal('hash'), sizeBytes: decimal, algorithms: v.array(v.picklist(['md5', 'sha256', 'sha512'])) }),
  v.strictObject({ kind: v.literal('ask-alone') }),
  v.strictObject({ kind: v.literal('punch'), sizeBytes: decimal }),
  v.strictObject({ kind: v.literal('copy'), startBytes: decimal, endBytes: decimal }),
]);

export const fileWorkMessage = v.union([
  v.strictObject({ bytesDone: decimal }),
  v.strictObject({ result: v.record(v.string(), v.string()) }),
  /** `code`: a name of the system (`ENOSPC`), `SHORTER` when the file became shorter, `IN_USE` when somebody else has it open. */
  v.strictObject({ failure: v.strictObject({ code: v.string(), message: v.string() }) }),
]);
export type FileWorkMessage = v.InferOutput<typeof fileWorkMessage>;
