/** What is kept of the uses of a process. */
import { expect, test } from 'vitest';
import { ProcessUses, UseRoom } from '../../../native-helper/operations/holders/process-uses.ts';
import type { ProcessUse } from '../../../native-helper/protocol/holders.ts';

const use = (path: string, facts: Partial<ProcessUse> = {}): ProcessUse => ({
  kind: 'open',
  path: { text: path, base64: null },
  mode: 'read',
  ...facts,
});

test('the first of each place are kept, all are counted, and those that write past the file systems apart', () => {
  const uses = new ProcessUses(new UseRoom());
  expect(uses.isEmpty).toBe(true);
  for (let number = 0; number < 20_000; number += 1) uses.add('mount:30', use(`/m/${number}`));
  uses.add('node:7:3', use('/dev/loop3', { kind: 'node' }));
  uses.add('node:7:3', use('/dev/loop3', { kind: 'node', mode: 'write' }));
  uses.add('file', use('/image', { mode: 'read-write' }));
  const counts = [...uses.places].map(([place, found]) => [place, found.uses.length, found.count]);
  expect(counts).toEqual([
    ['mount:30', 8, 20_000],
    ['node:7:3', 2, 2],
    ['file', 1, 1],
  ]);
  expect(uses.writes.uses.map(({ path, mode }) => [path.text, mode])).toEqual([
    ['/dev/loop3', 'write'],
    ['/image', 'read-write'],
  ]);
  expect([uses.isEmpty, uses.isWhole]).toEqual([false, true]);
});

test('when the room of a list is full, processes are told to be known only in part', () => {
  const room = new UseRoom();
  const long = 'n'.repeat(4000);
  const all = Array.from({ length: 2000 }, () => {
    const uses = new ProcessUses(room);
    uses.add('mount:30', use(long));
    return uses;
  });
  const kept = all.filter(({ places }) => (places.get('mount:30')?.uses.length ?? 0) > 0);
  expect([kept.length > 900, kept.length < 1100, all.filter(({ isWhole }) => isWhole).length]).toEqual([true, true, kept.length]);
});
