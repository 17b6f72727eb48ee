/** Arguments in the manner of getopt_long(3) with its sentences: permuted operands, bundled and abbreviated options. */

export type ArgumentKind = 'none' | 'required' | 'optional';

export interface OptionSpec<Name extends string> {
  readonly name: Name;
  readonly short: string | null;
  readonly long: string;
  readonly argument: ArgumentKind;
}

export interface ParsedOption<Name extends string> {
  readonly name: Name;
  readonly value: string | null;
}

export interface ParsedArguments<Name extends string> {
  readonly options: readonly ParsedOption<Name>[];
  readonly operands: readonly string[];
}

/** A command line that cannot be understood; the sentence is getopt's. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

function quote(names: readonly string[]): string {
  return names.map((name) => `'--${name}'`).join(' ');
}

function findLong<Name extends string>(specs: readonly OptionSpec<Name>[], name: string): OptionSpec<Name> {
  const exact = specs.find((spec) => spec.long === name);
  if (exact !== undefined) return exact;
  const [found, ...others] = specs.filter((spec) => spec.long.startsWith(name));
  if (found === undefined) throw new UsageError(`unrecognized option '--${name}'`);
  if (others.length > 0) {
    const possibilities = quote([found, ...others].map((spec) => spec.long));
    throw new UsageError(`option '--${name}' is ambiguous; possibilities: ${possibilities}`);
  }
  return found;
}

type Rest = string[];

function parseLong<Name extends string>(specs: readonly OptionSpec<Name>[], text: string, rest: Rest): ParsedOption<Name> {
  const equals = text.indexOf('=');
  const spec = findLong(specs, equals === -1 ? text : text.slice(0, equals));
  const attached = equals === -1 ? null : text.slice(equals + 1);
  if (spec.argument === 'none' && attached !== null) throw new UsageError(`option '--${spec.long}' doesn't allow an argument`);
  if (spec.argument !== 'required' || attached !== null) return { name: spec.name, value: attached };
  const value = rest.shift();
  if (value === undefined) throw new UsageError(`option '--${spec.long}' requires an argument`);
  return { name: spec.name, value };
}

function parseShort<Name extends string>(specs: readonly OptionSpec<Name>[], text: string, rest: Rest): ParsedOption<Name>[] {
  const options: ParsedOption<Name>[] = [];
  const letters = Array.from(text);
  for (const [index, letter] of letters.entries()) {
    const spec = specs.find((candidate) => candidate.short === letter);
    if (spec === undefined) throw new UsageError(`invalid option -- '${letter}'`);
    if (spec.argument === 'none') {
      options.push({ name: spec.name, value: null });
      continue;
    }
    const attached = letters.slice(index + 1).join('');
    const value = attached === '' ? rest.shift() : attached;
    if (value === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
    options.push({ name: spec.name, value });
    break;
  }
  return options;
}

/**
 * Splits arguments into options in their order and operands. `seen` is told each option at once, so that the first
 * wrong thing is the one reported. Throws UsageError.
 */
export function parseArguments<Name extends string>(
  specs: readonly OptionSpec<Name>[],
  arguments_: readonly string[],
  seen: (option: ParsedOption<Name>) => void,
): ParsedArguments<Name> {
  const rest: Rest = [...arguments_];
  const options: ParsedOption<Name>[] = [];
  const operands: string[] = [];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (next === '--') {
      operands.push(...rest);
      break;
    }
    if (!next.startsWith('-') || next === '-') {
      operands.push(next);
      continue;
    }
    const found = next.startsWith('--') ? [parseLong(specs, next.slice(2), rest)] : parseShort(specs, next.slice(1), rest);
    for (const option of found) seen(option);
    options.push(...found);
  }
  return { options, operands };
}
