/** Tables of the command line: as wide as they need to be, and never wider than the terminal. */
import { cellWidth, fitCells } from './cells.ts';
import { paint, type Output } from './terminal.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** May be cut when the table is too wide for the terminal. */
  readonly flexible?: boolean;
}

const GAP = 2;
/** A flexible column is made as narrow as this, so that something can be read; and only where even that is too wide, as the second. */
const NARROWEST = [12, 4] as const;

/** Widths of the columns: what the cells need, less what does not fit, taken from the flexible ones in turn. */
export function columnWidths(columns: readonly Column[], rows: readonly (readonly string[])[], available: number | null): number[] {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, cellWidth(row[index] ?? '')), cellWidth(column.title)),
  );
  if (available === null) return widths;
  for (const narrowest of NARROWEST) narrow(columns, widths, available, narrowest);
  return widths;
}

/** Takes from the widest flexible column until the table fits, or none is wider than `narrowest`. */
function narrow(columns: readonly Column[], widths: number[], available: number, narrowest: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP * (columns.length - 1) - available;
  while (excess > 0) {
    const widest = widths.reduce(
      (best, width, index) =>
        columns[index]?.flexible === true && width > narrowest && (best === -1 || width > (widths[best] ?? 0)) ? index : best,
      -1,
    );
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
}

function formatRow(columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string {
  const parts = columns.map((column, index) => {
    const width = widths[index] ?? 0;
    const text = fitCells(cells[index] ?? '', width);
    const padding = ' '.repeat(Math.max(0, width - cellWidth(text)));
    return column.align === 'right' ? padding + text : text + padding;
  });
  return parts.join(' '.repeat(GAP)).trimEnd();
}

/** The whole table with its headings; every cell must be printable already (cells.ts). */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[], output: Output): string {
  const widths = columnWidths(columns, rows, output.columns);
  const titles = formatRow(
    columns,
    widths,
    columns.map((column) => column.title),
  );
  return [paint(titles, 'bold', output), ...rows.map((row) => formatRow(columns, widths, row))].map((line) => `${line}\n`).join('');
}

/** Pairs of a name and a value, one a line, the values below each other. */
export function formatPairs(pairs: readonly (readonly [string, string])[], output: Output): string {
  const width = pairs.reduce((widest, [name]) => Math.max(widest, cellWidth(name)), 0);
  return pairs.map(([name, value]) => `${paint(name.padEnd(width), 'dim', output)}  ${value}\n`).join('');
}
