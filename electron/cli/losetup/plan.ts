/** What a losetup command line asks for: options of losetup(8), util-linux 2.41, turned into one action. Pure. */
import { parseSize } from '../sizes.ts';
import { columnNames, defaultColumns, findColumn, type ColumnName } from './columns.ts';
import { errnoText, LosetupError } from './errors.ts';
import { parseArguments, UsageError, type OptionSpec, type ParsedOption } from './getopt.ts';

const none = 'none' as const;
const required = 'required' as const;
export const losetupOptions = [
  { name: 'all', short: 'a', long: 'all', argument: none },
  { name: 'set-capacity', short: 'c', long: 'set-capacity', argument: required },
  { name: 'detach', short: 'd', long: 'detach', argument: required },
  { name: 'detach-all', short: 'D', long: 'detach-all', argument: none },
  { name: 'find', short: 'f', long: 'find', argument: none },
  { name: 'nooverlap', short: 'L', long: 'nooverlap', argument: none },
  { name: 'help', short: 'h', long: 'help', argument: none },
  { name: 'associated', short: 'j', long: 'associated', argument: required },
  { name: 'json', short: 'J', long: 'json', argument: none },
  { name: 'list', short: 'l', long: 'list', argument: none },
  { name: 'sector-size', short: 'b', long: 'sector-size', argument: required },
  { name: 'noheadings', short: 'n', long: 'noheadings', argument: none },
  { name: 'offset', short: 'o', long: 'offset', argument: required },
  { name: 'output', short: 'O', long: 'output', argument: required },
  { name: 'output-all', short: null, long: 'output-all', argument: none },
  { name: 'sizelimit', short: null, long: 'sizelimit', argument: required },
  { name: 'partscan', short: 'P', long: 'partscan', argument: none },
  { name: 'read-only', short: 'r', long: 'read-only', argument: none },
  { name: 'direct-io', short: null, long: 'direct-io', argument: 'optional' as const },
  { name: 'raw', short: null, long: 'raw', argument: none },
  { name: 'loop-ref', short: null, long: 'loop-ref', argument: required },
  { name: 'show', short: null, long: 'show', argument: none },
  { name: 'verbose', short: 'v', long: 'verbose', argument: none },
  { name: 'version', short: 'V', long: 'version', argument: none },
] as const satisfies readonly OptionSpec<string>[];
export type LosetupOption = (typeof losetupOptions)[number]['name'];

export interface ListPlan {
  readonly columns: readonly ColumnName[];
  readonly headings: boolean;
  readonly format: 'table' | 'raw' | 'json';
}

export interface SetupPlan {
  /** Null: a free one. */
  readonly device: string | null;
  readonly file: string;
  readonly offset: bigint | null;
  readonly sizeLimit: bigint;
  readonly sectorSize: bigint | null;
  readonly readOnly: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly reference: string | null;
  readonly noOverlap: boolean;
  readonly show: boolean;
}

export type LosetupPlan =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'find-free' }
  | { readonly kind: 'detach-all' }
  /** `list` null: the old lines. `offset` only together with `file`. */
  | { readonly kind: 'show'; readonly file: string | null; readonly offset: bigint | null; readonly list: ListPlan | null }
  | { readonly kind: 'show-one'; readonly device: string; readonly list: ListPlan | null }
  | { readonly kind: 'detach'; readonly devices: readonly string[] }
  | { readonly kind: 'set-capacity'; readonly device: string }
  | { readonly kind: 'set-direct-io'; readonly device: string; readonly on: boolean }
  | { readonly kind: 'set-sector-size'; readonly device: string; readonly bytes: bigint }
  | ({ readonly kind: 'setup' } & SetupPlan);

/** Options of which only one may be given (each may be repeated), as losetup groups them. */
const exclusive: readonly (readonly LosetupOption[])[] = [
  ['detach-all', 'all', 'set-capacity', 'detach', 'find', 'associated'],
  ['detach-all', 'set-capacity', 'detach', 'find', 'list'],
  ['json', 'raw'],
];

interface Given {
  readonly options: ReadonlyMap<LosetupOption, string | null>;
  readonly operands: readonly string[];
  /** 'help' or 'version' when one was given: the first one counts and ends the reading. */
  readonly early: 'help' | 'version' | null;
}

class EarlyEnd extends Error {
  readonly option: 'help' | 'version';
  constructor(option: 'help' | 'version') {
    super(option);
    this.option = option;
  }
}

function refuseTogether(seen: ReadonlySet<LosetupOption>, option: LosetupOption): void {
  for (const group of exclusive) {
    if (!group.includes(option)) continue;
    if (group.some((other) => other !== option && seen.has(other))) {
      throw new LosetupError(`mutually exclusive arguments: ${group.map((name) => `--${name}`).join(' ')}`);
    }
  }
}

function parseSizeOption(text: string, about: string): bigint {
  const parsed = parseSize(text);
  if (parsed.kind === 'ok') return parsed.bytes;
  throw new LosetupError(`failed to parse ${about}: '${text}': ${errnoText(parsed.kind === 'invalid' ? 'EINVAL' : 'ERANGE')}`);
}

/** Values that are looked at as soon as they are read, so that the first wrong one is told. */
function checkValue({ name, value }: ParsedOption<LosetupOption>): void {
  if (name === 'help' || name === 'version') throw new EarlyEnd(name);
  if (name === 'offset') parseSizeOption(value ?? '', 'offset');
  if (name === 'sizelimit') parseSizeOption(value ?? '', 'size');
  if (name === 'sector-size') parseSizeOption(value ?? '', 'logical block size');
  if (name === 'direct-io' && value !== null && value !== 'on' && value !== 'off') throw new LosetupError(`argument error: '${value}'`);
}

function read(arguments_: readonly string[]): Given {
  const seen = new Set<LosetupOption>();
  try {
    const { options, operands } = parseArguments<LosetupOption>(losetupOptions, arguments_, (option) => {
      refuseTogether(seen, option.name);
      seen.add(option.name);
      checkValue(option);
    });
    return { options: new Map(options.map(({ name, value }) => [name, value])), operands, early: null };
  } catch (error) {
    if (error instanceof EarlyEnd) return { options: new Map(), operands: [], early: error.option };
    if (error instanceof UsageError) throw new LosetupError(error.message, { pointsToHelp: true });
    throw error;
  }
}

function parseColumns(text: string | null | undefined, base: readonly ColumnName[]): readonly ColumnName[] {
  if (text === null || text === undefined) return base;
  const names = (text.startsWith('+') ? text.slice(1) : text).split(',');
  const columns = names.map((name) => {
    const column = findColumn(name);
    if (column === null) throw new LosetupError(`unknown column: ${name}`);
    return column;
  });
  return text.startsWith('+') ? [...base, ...columns] : columns;
}

function planList({ options }: Given, implied: boolean): ListPlan | null {
  const all = options.has('output-all');
  if (!implied && !options.has('list') && !options.has('output') && !all) return null;
  return {
    columns: parseColumns(options.get('output'), all ? columnNames : defaultColumns),
    headings: !options.has('noheadings'),
    format: options.has('json') ? 'json' : options.has('raw') ? 'raw' : 'table',
  };
}

function planSetup(given: Given, device: string | null, file: string): LosetupPlan {
  const { options } = given;
  const size = (name: LosetupOption) => {
    const text = options.get(name);
    return text === undefined || text === null ? null : parseSizeOption(text, name);
  };
  return {
    kind: 'setup',
    device,
    file,
    offset: size('offset'),
    sizeLimit: size('sizelimit') ?? 0n,
    sectorSize: size('sector-size'),
    readOnly: options.has('read-only'),
    partitionScan: options.has('partscan'),
    directIo: options.has('direct-io') && options.get('direct-io') !== 'off',
    reference: options.get('loop-ref') ?? null,
    noOverlap: options.has('nooverlap'),
    show: options.has('show'),
  };
}

function planOneDevice(given: Given, device: string): LosetupPlan {
  const { options } = given;
  if (options.has('direct-io')) return { kind: 'set-direct-io', device, on: options.get('direct-io') !== 'off' };
  const sectorSize = options.get('sector-size');
  if (sectorSize !== undefined && sectorSize !== null) {
    return { kind: 'set-sector-size', device, bytes: parseSizeOption(sectorSize, 'logical block size') };
  }
  return { kind: 'show-one', device, list: planList(given, false) };
}

/** Offset for -j, null when none was given. */
function associatedOffset({ options }: Given): bigint | null {
  const text = options.get('offset');
  return text === undefined || text === null ? null : parseSizeOption(text, 'offset');
}

function planCommand(given: Given, argumentCount: number): LosetupPlan {
  const { options, operands } = given;
  const [first, second] = operands;
  const formatOnly = argumentCount === 1 && (options.has('json') || options.has('raw'));
  const showsAll = argumentCount === 0 || formatOnly;
  const detached = options.get('detach');
  const resized = options.get('set-capacity');
  if (options.has('detach-all')) return { kind: 'detach-all' };
  if (typeof detached === 'string') return { kind: 'detach', devices: [detached, ...operands] };
  if (typeof resized === 'string') return { kind: 'set-capacity', device: resized };
  if (options.has('find')) {
    if (first === undefined) return { kind: 'find-free' };
    if (second !== undefined) throw new LosetupError('unexpected arguments');
    return planSetup(given, null, first);
  }
  if (options.has('all') || options.has('associated') || showsAll) {
    return { kind: 'show', file: options.get('associated') ?? null, offset: associatedOffset(given), list: planList(given, showsAll) };
  }
  const list = planList(given, false);
  if (list !== null && first === undefined) return { kind: 'show', file: null, offset: associatedOffset(given), list };
  if (first === undefined) throw new LosetupError('no loop device specified');
  return second === undefined ? planOneDevice(given, first) : planSetup(given, first, second);
}

function refuseMisplaced(plan: LosetupPlan, { options }: Given): void {
  if (plan.kind === 'setup') return;
  const flagged = plan.kind !== 'set-direct-io' && options.has('direct-io') && options.get('direct-io') !== 'off';
  const limited = options.has('sizelimit') && parseSizeOption(options.get('sizelimit') ?? '0', 'size') !== 0n;
  if (flagged || limited || options.has('partscan') || options.has('read-only') || options.has('show')) {
    throw new LosetupError('the options --{sizelimit,partscan,read-only,show} are allowed during loop device setup only');
  }
  if (options.has('offset') && (plan.kind !== 'show' || plan.file === null)) {
    throw new LosetupError('the option --offset is not allowed in this context');
  }
}

/** Reads the arguments after `losetup`. Throws LosetupError with losetup's sentence. */
export function planLosetup(arguments_: readonly string[]): LosetupPlan {
  const given = read(arguments_);
  if (given.early !== null) return { kind: given.early };
  const plan = planCommand(given, arguments_.length);
  refuseMisplaced(plan, given);
  return plan;
}
