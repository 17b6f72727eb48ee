/** losetup's four ways to print devices: the table, --raw, --json, and the old lines of -a. Byte for byte as util-linux. */
import { cellWidth, encodeCells } from '../cells.ts';
import { toKernelText } from '../../../native-helper/protocol/scalars.ts';
import { backingFileBytes, columnFacts, columnValue, type ColumnName, type ShownDevice } from './columns.ts';

export interface ListOptions {
  readonly columns: readonly ColumnName[];
  readonly headings: boolean;
  readonly format: 'table' | 'raw' | 'json';
  /** Of the locale: decides which bytes are shown as they are. */
  readonly utf8: boolean;
}

function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

function formatTable(devices: readonly ShownDevice[], options: ListOptions): string {
  const { columns, utf8 } = options;
  const rows = devices.map((device) => columns.map((column) => encodeCells(toBytes(columnValue(column, device, true)), { utf8 })));
  const widths = columns.map((column, index) => rows.reduce((widest, row) => Math.max(widest, cellWidth(row[index] ?? '')), column.length));
  const line = (cells: readonly string[]) => {
    let text = '';
    for (const [index, column] of columns.entries()) {
      const cell = cells[index] ?? '';
      const isLast = index === columns.length - 1;
      const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - cellWidth(cell)));
      if (isLast && cell === '') break;
      if (columnFacts[column].align === 'right') text += padding + cell;
      else text += isLast ? cell : cell + padding;
      if (!isLast) text += ' ';
    }
    return `${text}\n`;
  };
  if (rows.length === 0) return '';
  return (options.headings ? line(columns) : '') + rows.map(line).join('');
}

/** Bytes that cannot break a line of words; everything else as `\xNN`. */
function encodeRaw(value: Uint8Array | string): string {
  let text = '';
  for (const byte of toBytes(value)) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

function formatRaw(devices: readonly ShownDevice[], options: ListOptions): string {
  const { columns, headings } = options;
  const rows = devices.map((device) => columns.map((column) => encodeRaw(columnValue(column, device, false))).join(' '));
  if (rows.length === 0) return '';
  return [...(headings ? [columns.join(' ')] : []), ...rows].map((row) => `${row}\n`).join('');
}

/** A name that is not UTF-8 cannot be JSON: `back-file` shows it with U+FFFD and `back-file-base64` has its bytes. */
function jsonString(key: string, bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [`"${key}": null`];
  const { text, base64 } = toKernelText(bytes);
  return [`"${key}": ${JSON.stringify(text)}`, ...(base64 === null ? [] : [`"${key}-base64": "${base64}"`])];
}

function jsonMembers(column: ColumnName, device: ShownDevice): string[] {
  const key = column.toLowerCase();
  const value = columnValue(column, device, false);
  switch (columnFacts[column].json) {
    case 'string':
      return jsonString(key, toBytes(value));
    case 'number':
      return [`"${key}": ${value.length === 0 ? 'null' : String(value)}`];
    case 'boolean':
      return [`"${key}": ${value === '1' ? 'true' : 'false'}`];
    default:
      return columnFacts[column].json satisfies never;
  }
}

function formatJson(devices: readonly ShownDevice[], columns: readonly ColumnName[]): string {
  const indent = ' '.repeat(9);
  const objects = devices.map((device) => {
    const members = columns.flatMap((column) => jsonMembers(column, device));
    return `{\n${members.map((member) => indent + member).join(',\n')}\n      }`;
  });
  return `{\n   "loopdevices": [\n${objects.length === 0 ? '' : `      ${objects.join(',')}`}\n   ]\n}\n`;
}

/** What --list prints. A table without devices is empty, without headings. */
export function formatList(devices: readonly ShownDevice[], options: ListOptions): string {
  switch (options.format) {
    case 'table':
      return formatTable(devices, options);
    case 'raw':
      return formatRaw(devices, options);
    case 'json':
      return formatJson(devices, options.columns);
    default:
      return options.format satisfies never;
  }
}

/** One line of `losetup -a`, as bytes: the old format does not escape names. Null when the name cannot be known. */
export function formatOldLine({ device, isLost }: ShownDevice): Buffer | null {
  const name = backingFileBytes(device);
  if (name === null) return null;
  const { identity } = device;
  const place = identity === null ? '[]:' : `[${identity.device.padStart(4, '0')}]:${identity.inode}`;
  const offset = device.offsetBytes === '0' ? '' : `, offset ${device.offsetBytes}`;
  const limit = device.sizeLimitBytes === '0' ? '' : `, sizelimit ${device.sizeLimitBytes}`;
  return Buffer.concat([
    Buffer.from(`/dev/loop${device.number}${isLost ? ' (lost)' : ''}: ${place} (`),
    name,
    Buffer.from(`)${offset}${limit}\n`),
  ]);
}
