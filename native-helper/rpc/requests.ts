/** From one line of text to a request or to the reason why it is none. Runs as root, on whatever a hostile peer sent. */
import * as v from 'valibot';
import { requestEnvelope, type RequestEnvelope } from '../protocol/envelope.ts';
import { HelperError } from '../protocol/errors.ts';
import type { Line } from '../protocol/line-reader.ts';
import { helperMethods, isMethodName, type MethodName } from '../protocol/methods.ts';
import { parseGuardedJson } from './json-guard.ts';

export type ReadRequest =
  | { readonly kind: 'request'; readonly envelope: RequestEnvelope }
  | { readonly kind: 'invalid'; readonly error: HelperError };

/** Batches, notifications, replies and unknown members all fail the closed envelope. Never throws. */
export function readRequest(line: Line): ReadRequest {
  try {
    if (line.kind === 'not-text') throw new HelperError('PARSE_ERROR');
    const parsed = v.safeParse(requestEnvelope, parseGuardedJson(line.text));
    if (!parsed.success) throw new HelperError('INVALID_REQUEST');
    return { kind: 'request', envelope: parsed.output };
  } catch (error) {
    return { kind: 'invalid', error: error instanceof HelperError ? error : new HelperError('INTERNAL', { cause: error }) };
  }
}

/** The parsed parameters of a method. Throws HelperError INVALID_PARAMETERS. */
export function readParameters(method: MethodName, params: unknown): unknown {
  const output = parseOrNull(helperMethods[method].params as v.GenericSchema, params ?? {});
  if (output === null) throw new HelperError('INVALID_PARAMETERS');
  return output;
}

/** A schema whose own check throws refuses, too: what it throws may hold the input. */
function parseOrNull(schema: v.GenericSchema, input: unknown): unknown {
  try {
    const parsed = v.safeParse(schema, input);
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** The method of the table. Throws HelperError UNKNOWN_METHOD, for inherited names of objects too. */
export function readMethod(name: string): MethodName {
  if (!isMethodName(name)) throw new HelperError('UNKNOWN_METHOD');
  return name;
}
