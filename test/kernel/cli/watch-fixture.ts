/** `platter watch` running beside a test; ended with it. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { waitFor } from '../loop-fixture.ts';
import { platterScript } from './command.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

export interface Started {
  readonly child: Child;
  readonly lines: string[];
}
export interface Watching<Line> extends Started {
  readonly events: () => readonly Line[];
  /** The first line that fits, of those that came already too. */
  readonly next: (what: string, fits: (line: Line) => boolean) => Promise<Line>;
}

/** For all tests of a file. */
export function useWatch(): { readonly start: (...options: string[]) => Started; readonly watch: <Line>() => Watching<Line> } {
  const children = new Set<Child>();
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
  });
  const start = (...options: string[]): Started => {
    const child = spawn(projectNode, [platterScript, 'watch', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    return { child, lines };
  };
  return {
    start,
    watch: <Line>(): Watching<Line> => {
      const { child, lines } = start('--json');
      const events = (): readonly Line[] => lines.map((line) => JSON.parse(line) as Line);
      return {
        child,
        lines,
        events,
        next: async (what: string, fits: (line: Line) => boolean) => waitFor(what, () => events().find(fits)),
      };
    },
  };
}
