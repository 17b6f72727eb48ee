/** What `npm run bench` found, as data and as lines for a person. */

/** `smallest`: the value must not be under the goal; `largest`: not over it. */
export interface Goal {
  readonly kind: 'smallest' | 'largest';
  readonly value: number;
}

export interface Result {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'times' | 'MiB' | 'switches' | 'writes' | 'percent';
  /** Null: for information. */
  readonly goal: Goal | null;
}

export function isMet({ value, goal }: Result): boolean | null {
  if (goal === null) return null;
  return goal.kind === 'smallest' ? value >= goal.value : value <= goal.value;
}

function toText(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 3);
}

/** One line: value, and the goal with its outcome where there is one. */
export function describe(result: Result): string {
  const { group, name, value, unit, goal } = result;
  const line = `${group.padEnd(8)} ${name.padEnd(66)} ${toText(value).padStart(9)} ${unit}`;
  if (goal === null) return line;
  const bound = goal.kind === 'smallest' ? 'at least' : 'at most';
  return `${line.padEnd(94)} goal: ${bound} ${goal.value}  ${isMet(result) === true ? 'met' : 'MISSED'}`;
}

/** Collects results and prints each as it comes. */
export class Results {
  readonly #all: Result[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get all(): readonly Result[] {
    return this.#all;
  }

  add(result: Result): void {
    this.#all.push(result);
    this.#say(describe(result));
  }

  /** Something for the person that is no number. */
  note(line: string): void {
    this.#say(line);
  }
}

/** How many times faster ours is than theirs. */
export function times(group: string, name: string, theirsMs: number, oursMs: number, goal: number | null): Result {
  return { group, name, value: theirsMs / oursMs, unit: 'times', goal: goal === null ? null : { kind: 'smallest', value: goal } };
}

export function milliseconds(group: string, name: string, value: number, goal: number | null = null): Result {
  return { group, name, value, unit: 'ms', goal: goal === null ? null : { kind: 'largest', value: goal } };
}
