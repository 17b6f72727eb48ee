/** Whole commands, from their start to their end: `platter list --json` and `platter losetup -J -l` beside losetup, and what Node itself takes. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AttachedDevices } from './attached-devices.ts';
import { commandTime } from './commands.ts';
import { milliseconds, times, type Results } from './results.ts';
import { interleave, median } from './statistics.ts';

const rounds = 21;
const platter = fileURLToPath(new URL('../../dist/cli/platter.js', import.meta.url));

async function commandsAt(count: number, results: Results): Promise<void> {
  const node = process.execPath;
  const contestants = {
    losetup: () => commandTime(['losetup', '-J', '-l']),
    node: () => commandTime([node, '-e', '0']),
    ourLosetup: () => commandTime([node, platter, 'losetup', '-J', '-l']),
    list: () => commandTime([node, platter, 'list', '--json']),
  };
  await interleave(contestants, 2);
  const samples = await interleave(contestants, rounds);
  const losetupMs = median(samples.losetup);
  const nodeMs = median(samples.node);
  const full = count >= 1000;
  const where = `${count} devices`;
  results.add(milliseconds('cli', `${where}: losetup -J -l`, losetupMs));
  results.add(milliseconds('cli', `${where}: the start of Node alone`, nodeMs));
  for (const [name, values] of [
    ['platter losetup -J -l', samples.ourLosetup],
    ['platter list --json', samples.list],
  ] as const) {
    const ms = median(values);
    results.add(milliseconds('cli', `${where}: ${name}`, ms));
    results.add(times('cli', `${where}: ${name} against losetup`, losetupMs, ms, full ? 1 : null));
    results.add(times('cli', `${where}: ${name} without Node's start, against losetup`, losetupMs, Math.max(ms - nodeMs, 0.001), null));
  }
}

export async function benchCommandLine(devices: AttachedDevices, counts: readonly number[], results: Results): Promise<void> {
  if (!existsSync(platter)) {
    results.note(`cli      not measured: ${platter} is not built`);
    return;
  }
  for (const count of counts) {
    await devices.setCount(count);
    await commandsAt(count, results);
  }
}
