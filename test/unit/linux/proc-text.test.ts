/** Long texts in pieces of whole lines, from files as /proc has them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPieces, type TextEnd } from '../../../native-helper/linux/proc-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-proc-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, mostBytes = Number.POSITIVE_INFINITY): { readonly pieces: string[]; readonly end: TextEnd } {
  const path = join(folder, 'text');
  writeFileSync(path, text);
  const reading = readPieces(path, mostBytes);
  const pieces: string[] = [];
  for (;;) {
    const next = reading.next();
    if (next.done === true) return { pieces, end: next.value };
    pieces.push(next.value.toString('latin1'));
    // Somebody else reads in between.
    readPieces('/proc/self/status', 4096).next();
  }
}

const lines = (count: number): string =>
  Array.from({ length: count }, (_, number) => `line ${number} ${'x'.repeat(number % 300)}\n`).join('');

test('a short text is one piece, with or without a newline at its end', () => {
  expect(read('')).toEqual({ pieces: [], end: 'whole' });
  expect(read('a\nb\n')).toEqual({ pieces: ['a\nb\n'], end: 'whole' });
  expect(read('a\nb')).toEqual({ pieces: ['a\nb'], end: 'whole' });
});

test('a long text is cut between lines, and nothing of it is lost', () => {
  const text = lines(20_000);
  const { pieces, end } = read(text);
  expect([pieces.length > 5, pieces.every((piece) => piece.endsWith('\n')), pieces.join('') === text, end]).toEqual([
    true,
    true,
    true,
    'whole',
  ]);
});

test('what is too long ends early, and so does a line that no piece holds', () => {
  const { pieces, end } = read(lines(20_000), 400_000);
  expect([pieces.length, end]).toEqual([2, 'cut']);
  expect(read(`a\n${'x'.repeat(1_000_000)}\nb\n`)).toEqual({ pieces: ['a\n'], end: 'cut' });
});

test('what cannot be opened is unread', () => {
  expect(readPieces(join(folder, 'none'), 4096).next()).toEqual({ done: true, value: 'unread' });
});
