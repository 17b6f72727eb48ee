/** README.md shows commands with their output: here they are run, in its order, and say what it says. Needs root. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useLoopFixture } from '../loop-fixture.ts';
import { platter } from './command.ts';
import { useMounts } from './mounting-fixture.ts';

interface Shown {
  readonly words: readonly string[];
  readonly lines: readonly string[];
}

const fixture = useLoopFixture();
useMounts(fixture);
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** Blocks of README with commands: what stands after each `$ platter`, up to the next. */
function shownBlocks(): Shown[][] {
  const blocks = [...readme.matchAll(/^```\n(\$ platter [^]*?)^```$/gmu)].map(([, text = '']) => text);
  return blocks.map((block) =>
    block
      .split(/^\$ platter /mu)
      .slice(1)
      .map((part) => {
        const [command = '', ...lines] = part.trimEnd().split('\n');
        return { words: command.split(' '), lines };
      }),
  );
}

/** What is another one on each machine and in each run; columns are as wide as what is in them. */
function settled(line: string): string {
  return line
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, 'UUID')
    .replaceAll(/\/dev\/loop\d+/gu, '/dev/loopN')
    .replaceAll(/[\d.]+ (?=[KMG]?i?B(?: on disk| of | free|$))/gu, '# ')
    .replace(fixture.folder, '/home/maria')
    .replace('/run/media/root', '/run/media/maria')
    .replaceAll(/ +/gu, ' ')
    .trim();
}

function run(words: readonly string[]): string[] {
  const { status, stdout, stderr } = platter(words, { cwd: fixture.folder });
  expect([words.join(' '), stderr, status]).toEqual([words.join(' '), '', 0]);
  return stdout.trimEnd().split('\n');
}

test('the walk through an image: every command with every line of its output', () => {
  const [walk = []] = shownBlocks();
  expect(walk.map(({ words }) => words[0])).toEqual(['create', 'inspect', 'attach', 'mount', 'list', 'unmount', 'detach']);
  for (const { words, lines } of walk) {
    const printed = run(words);
    // Other devices of the machine are no part of the picture.
    const own = words[0] === 'list' ? printed.filter((line) => line.startsWith('DEVICE') || line.includes(fixture.folder)) : printed;
    expect([words, ...own.map(settled)]).toEqual([words, ...lines.map(settled)]);
  }
  expect(fixture.census()).toEqual([]);
});

test('the report of doctor has these checks, in this order and form', () => {
  const [, [doctor] = []] = shownBlocks();
  const form = /^(?:ok {4}|warn {2}|fail {2})\S+ +\S.*[.]$/u;
  const check = (line: string): string | undefined => /^(?:ok|warn|fail) +(\S+)/u.exec(line)?.[1];
  const { stdout } = platter(['doctor']);
  const printed = stdout.trimEnd().split('\n');
  const known = printed.map(check).filter((id) => id !== undefined);
  const shown = (doctor?.lines ?? []).map(check).filter((id) => id !== undefined);
  expect(shown.length).toBeGreaterThan(3);
  expect(known.filter((id) => shown.includes(id))).toEqual(shown);
  for (const lines of [printed, doctor?.lines ?? []]) {
    expect(lines.filter((line) => check(line) !== undefined && !form.test(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^Platter /u);
  }
  // Advice stands in the column of the texts.
  const advice = (lines: readonly string[]): number | undefined => lines.find((line) => line.includes('-> '))?.indexOf('-> ');
  if (advice(printed) !== undefined) expect(advice(doctor?.lines ?? [])).toBe(advice(printed));
});
