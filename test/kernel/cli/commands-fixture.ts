/** Runs the commands of `platter` in a fixture's folder and reads what they print. */
import { expect } from 'vitest';
import type { LoopFixture } from '../loop-fixture.ts';
import { platter, type Argument, type Outcome } from './command.ts';

export interface JsonDevice {
  readonly node: string;
  readonly number: number;
  readonly sizeBytes: string;
  readonly readOnly: boolean;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly offsetBytes: string;
  readonly sizeLimitBytes: string;
  readonly logicalBlockSizeBytes: number;
  readonly backingFile: { readonly text: string; readonly base64: string | null };
  readonly identity: object | null;
  readonly reference: { readonly text: string } | null;
  /** Only from show. */
  readonly contents?: readonly object[] | null;
  readonly warnings?: readonly { readonly kind: string }[];
  readonly partitions: readonly { readonly number: number; readonly startBytes: string; readonly sizeBytes: string }[];
}

export interface FailureLine {
  readonly code: string;
  readonly subject?: string;
  readonly message: string;
  readonly next: string | null;
}

/** The failure that --json prints. */
export function errorOf({ stderr }: Outcome): FailureLine {
  return (JSON.parse(Buffer.from(stderr, 'latin1').toString()) as { error: FailureLine }).error;
}

/** What a command printed with --json: one value, or after the progress of its job the result. */
export function resultOf<T>({ stdout }: Outcome): T {
  const lines = Buffer.from(stdout, 'latin1').toString().trimEnd().split('\n');
  const values = lines.map((line) => JSON.parse(line) as { readonly event?: string });
  const before = values.slice(0, -1).map(({ event }) => event);
  expect(before).toEqual(before.map(() => 'progress'));
  return values.at(-1) as T;
}

export interface Commands {
  readonly run: (...arguments_: Argument[]) => Outcome;
  /** Output of a command that must succeed, as JSON. */
  readonly json: <T>(...arguments_: Argument[]) => T;
  /** Attaches one file; the device is the fixture's to detach. */
  readonly attach: (...arguments_: Argument[]) => JsonDevice;
  readonly show: (device: string) => JsonDevice;
}

export function commandsIn(fixture: LoopFixture): Commands {
  const run = (...arguments_: Argument[]): Outcome => platter(arguments_, { cwd: fixture.folder });
  const json = <T>(...arguments_: Argument[]): T => {
    const outcome = run(...arguments_, '--json');
    expect([outcome.stderr, outcome.status]).toEqual(['', 0]);
    return resultOf<T>(outcome);
  };
  return {
    run,
    json,
    attach: (...arguments_) => {
      const { results } = json<{ results: { device: JsonDevice }[] }>('attach', ...arguments_);
      const device = results[0]?.device;
      if (device === undefined) throw new Error('nothing was attached');
      fixture.adopt(device.number);
      return device;
    },
    show: (device) => json<JsonDevice>('show', device),
  };
}
