/**
 * Ends this process by SIGKILL at its Nth call of the system, counted from the first LOOP_CTL_ADD on (which `nodes/add` makes):
 * every function of node:fs and of koffi counts, before it is called. Put in front of the real helper by killed-anywhere.test.ts.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import koffi from 'koffi';

const LOOP_CTL_ADD = 0x4c80;

type Call = (...values: unknown[]) => unknown;

export function killAtCall(number: number): void {
  let left: number | null = null;
  const count = (values: readonly unknown[]): void => {
    if (left === null) {
      if (values[1] === LOOP_CTL_ADD) left = number;
      return;
    }
    left--;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
  const counted = (call: Call): Call =>
    new Proxy(call, {
      apply(target, self, values: unknown[]): unknown {
        count(values);
        return Reflect.apply(target, self, values);
      },
    });

  const functions = fs as unknown as Record<string, Call | undefined>;
  for (const [name, call] of Object.entries(functions)) if (name.endsWith('Sync') && call !== undefined) functions[name] = counted(call);
  syncBuiltinESMExports();

  const load = koffi.load.bind(koffi);
  koffi.load = (...words: Parameters<typeof load>) => {
    const library = load(...words);
    const define = library.func.bind(library) as unknown as (definition: string) => Call & { async: Call };
    const func = (definition: string): Call => {
      const real = define(definition);
      return Object.assign(counted(real), { async: counted(real.async) });
    };
    // All that the helper uses of it.
    return { func } as unknown as typeof library;
  };
}
