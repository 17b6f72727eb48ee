/**
 * Ends this process by SIGKILL at its Nth call of the system, counted from the first LOOP_CTL_ADD on (which `nodes/add` makes):
 * every function of node:fs and of koffi counts, before it is called. Put in front of the real helper by killed-anywhere.test.ts.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import koffi from 'koffi';

const LOOP_CTL_ADD = 0x4c80;

type Call = (...values: never[]) => unknown;

function isCall(value: unknown): value is Call {
  return typeof value === 'function';
}

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
  const counted = <T extends Call>(call: T): T =>
    new Proxy(call, {
      apply(target, self, values: unknown[]): unknown {
        count(values);
        return Reflect.apply(target, self, values);
      },
    });

  for (const [name, call] of Object.entries(fs)) {
    if (name.endsWith('Sync') && isCall(call)) Reflect.set(fs, name, counted(call));
  }
  syncBuiltinESMExports();

  const load = koffi.load.bind(koffi);
  koffi.load = (...words: Parameters<typeof load>) => {
    const library = load(...words);
    const func = (definition: string): Call => {
      const real = library.func(definition);
      return Object.assign(counted(real), { async: counted(real.async) });
    };
    return new Proxy(library, { get: (target, name): unknown => (name === 'func' ? func : Reflect.get(target, name)) });
  };
}
