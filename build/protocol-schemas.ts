/** Says in words what the schemas of the protocol take. Knows just the kinds of schema that the protocol uses. */
import { referenceName } from '../native-helper/protocol/devices.ts';
import { decimalString, loopNumber, partitionNumber } from '../native-helper/protocol/scalar-parsers.ts';

interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly unknown[];
  readonly wrapped?: Schema;
  readonly literal?: unknown;
  readonly pipe?: readonly { readonly kind: string; readonly type: string; readonly requirement?: unknown }[];
}

interface ParameterRow {
  readonly name: string;
  readonly value: string;
}

const named = new Map<unknown, string>([
  [decimalString, '`decimal`: a quantity as text, 0 to 2^63 - 1'],
  [loopNumber, 'N of /dev/loopN: 0 to 1,048,575'],
  [partitionNumber, 'number of a partition: 1 to 65,535'],
  [referenceName, 'text of at most 63 bytes, without NUL'],
]);

/** One list of rows for each form the parameters can have; none at all for a method without parameters. */
export function describeParameters(schema: unknown): ParameterRow[][] {
  const { type, entries = {}, options = [] } = schema as Schema;
  if (type === 'variant') return options.flatMap(describeParameters);
  const rows = describeEntries(entries, '');
  return rows.length === 0 ? [] : [rows];
}

function describeEntries(entries: Readonly<Record<string, Schema>>, prefix: string): ParameterRow[] {
  return Object.entries(entries).flatMap(([name, schema]) => {
    const inner = schema.type === 'optional' ? (schema.wrapped ?? schema) : schema;
    if (inner.type === 'strict_object') return describeEntries(inner.entries ?? {}, `${prefix}${name}.`);
    return [{ name: `${prefix}${name}`, value: `${describe(inner)}${schema.type === 'optional' ? ', may be left out' : ''}` }];
  });
}

function describe(schema: Schema): string {
  const name = named.get(schema);
  if (name !== undefined) return name;
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'literal':
      return `\`${String(schema.literal)}\``;
    case 'picklist':
      return (schema.options ?? []).map((option) => `\`${String(option)}\``).join(', ');
    case 'nullable':
      return `${schema.wrapped === undefined ? '' : describe(schema.wrapped)}, or null`;
    case 'number':
      return `whole number${describeRange(schema)}`;
    case 'string':
      return `text${describeLength(schema)}`;
    default:
      throw new Error(`build/protocol-schemas.ts does not know the schema ${schema.type}`);
  }
}

function requirement(schema: Schema, type: string): number | undefined {
  const value = schema.pipe?.find((step) => step.type === type)?.requirement;
  return typeof value === 'number' ? value : undefined;
}

function describeRange(schema: Schema): string {
  const [lowest, highest] = [requirement(schema, 'min_value'), requirement(schema, 'max_value')];
  return lowest === undefined || highest === undefined ? '' : `, ${lowest.toLocaleString('en')} to ${highest.toLocaleString('en')}`;
}

function describeLength(schema: Schema): string {
  const most = requirement(schema, 'max_length');
  return most === undefined ? '' : ` of at most ${most.toLocaleString('en')} characters`;
}
