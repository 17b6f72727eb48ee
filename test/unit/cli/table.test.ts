import { describe, expect, test } from 'vitest';
import { cellWidth } from '../../../electron/cli/cells.ts';
import { columnWidths, formatPairs, formatTable, type Column } from '../../../electron/cli/table.ts';

const columns: readonly Column[] = [
  { title: 'NAME', align: 'left' },
  { title: 'SIZE', align: 'right' },
  { title: 'FILE', align: 'left', flexible: true },
];
const wideRow = ['/dev/loop10', '1 MiB', `/very/long/${'x'.repeat(80)}/disk.img`];
const plain = { columns: null, colours: false, utf8: true };

describe('formatTable', () => {
  test('is as wide as its cells where the output is no terminal', () => {
    expect(formatTable(columns, [['/dev/loop0', '20 MiB', 'a.img']], plain)).toBe(
      ['NAME          SIZE  FILE', '/dev/loop0  20 MiB  a.img', ''].join('\n'),
    );
  });

  test.each([40, 60, 80])('fits into %i cells and keeps the ends of names', (width) => {
    const lines = formatTable(columns, [wideRow, ['/dev/loop1', '7 B', '日本語.img']], { ...plain, columns: width }).split('\n');
    for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/…x*\/?disk\.img$|….*img$/u);
  });

  test('is wider than the terminal rather than unreadable', () => {
    expect(columnWidths(columns, [wideRow], 28)).toEqual([11, 5, 8]);
    expect(columnWidths(columns, [wideRow], 10)).toEqual([11, 5, 4]);
  });

  test('puts wide characters into their cells', () => {
    const text = formatTable(
      columns,
      [
        ['日本', '1', 'x'],
        ['abcd', '2', 'y'],
      ],
      plain,
    );
    expect(text).toBe('NAME  SIZE  FILE\n日本     1  x\nabcd     2  y\n');
  });

  test('colours the headings only where colours are wanted', () => {
    expect(formatTable(columns, [], { ...plain, colours: true })).toContain('\u001b[1m');
    expect(formatTable(columns, [], plain)).not.toContain('\u001b');
  });
});

test('formatPairs puts the values below each other', () => {
  expect(
    formatPairs(
      [
        ['a', '1'],
        ['long name', '2'],
      ],
      plain,
    ),
  ).toBe('a          1\nlong name  2\n');
});
