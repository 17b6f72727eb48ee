/** One row of a table of calls: the schema of its parameters, and the type of its result. */
import type * as v from 'valibot';

export interface RendererMethodEntry<Params extends v.GenericSchema, Result> {
  readonly params: Params;
  /** For the types only; never there. */
  readonly result?: Result;
}

export function method<Result>() {
  return <Params extends v.GenericSchema>(params: Params): RendererMethodEntry<Params, Result> => ({ params });
}
