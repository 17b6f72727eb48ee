/** From a change made by losetup to its picture in the window, and what the program does when nothing changes. */
import { join } from 'node:path';
import type { AttachedDevices } from './attached-devices.ts';
import { BrowserWindow } from './browser-window.ts';
import { losetupAttach, losetupDetach } from './commands.ts';
import { residentMiB, ueventCount, voluntarySwitches } from './process-facts.ts';
import { milliseconds, type Results } from './results.ts';
import { median, percentile } from './statistics.ts';
import type { Workplace } from './workplace.ts';

const changes = 40;
const idleMs = 20_000;
/** V8 wakes every eight seconds for a few rounds to give memory back after work; idle is what comes after that. */
const tidiedAfterMs = 60_000;
/** Sorts before every other name, so that its row is among those that are drawn. */
const probeName = '000-probe.img';

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

interface Latencies {
  readonly fromStart: number[];
  readonly fromEnd: number[];
}

async function measureChanges(window: BrowserWindow, workplace: Workplace, probe: string): Promise<Latencies> {
  const output = join(workplace.folder, 'losetup-output');
  const latencies: Latencies = { fromStart: [], fromEnd: [] };
  const record = (painted: number, run: { readonly startedAt: number; readonly endedAt: number }): void => {
    latencies.fromStart.push(painted - run.startedAt);
    latencies.fromEnd.push(painted - run.endedAt);
  };
  for (let change = 0; change < changes; change += 1) {
    const attach = await window.paintedAt({ text: probeName, present: true }, () => losetupAttach(probe, output));
    workplace.noteDevice(attach.outcome.number);
    record(attach.painted, attach.outcome);
    // Not in step with the screen, nor with itself.
    await pause(60 + Math.random() * 60);
    const detach = await window.paintedAt({ text: probeName, present: false }, () => losetupDetach(attach.outcome.path));
    record(detach.painted, detach.outcome);
    await pause(60 + Math.random() * 60);
  }
  return latencies;
}

type Processes = BrowserWindow['processes'];

function switchesOf({ main, helper, worker }: Processes): Processes {
  return { main: voluntarySwitches(main), helper: voluntarySwitches(helper), worker: voluntarySwitches(worker) };
}

async function switchesWhileIdle(window: BrowserWindow, results: Results): Promise<Processes> {
  await pause(tidiedAfterMs);
  const { processes } = window;
  const ueventsBefore = ueventCount();
  const before = switchesOf(processes);
  await pause(idleMs);
  const uevents = ueventCount() - ueventsBefore;
  if (uevents > 0) results.note(`idle     not idle: other programs caused ${uevents} uevents meanwhile`);
  const after = switchesOf(processes);
  return { main: after.main - before.main, helper: after.helper - before.helper, worker: after.worker - before.worker };
}

async function benchIdle(window: BrowserWindow, results: Results): Promise<void> {
  const add = (name: string, value: number, goal: number | null): void =>
    results.add({
      group: 'idle',
      name: `${name}, in ${idleMs / 1000} s`,
      value,
      unit: 'switches',
      goal: goal === null ? null : { kind: 'largest', value: goal },
    });
  await window.setVisibility('hidden');
  const hidden = await switchesWhileIdle(window, results);
  add('helper, window hidden', hidden.helper, 0);
  add('main, window hidden', hidden.main, 0);
  add('image worker that waits, window hidden', hidden.worker, 0);
  await window.setVisibility('visible');
  const visible = await switchesWhileIdle(window, results);
  add('helper, window visible (a safety re-read at most every 5 s)', visible.helper, null);
  add('main, window visible', visible.main, null);
  add('image worker that waits, window visible', visible.worker, 0);
  const { worker } = window.processes;
  results.add({ group: 'idle', name: 'image worker that waits, resident memory', value: residentMiB(worker), unit: 'MiB', goal: null });
}

export async function benchWindow(
  workplace: Workplace,
  devices: AttachedDevices,
  counts: readonly number[],
  chromiumPath: string,
  results: Results,
): Promise<void> {
  const probe = workplace.makeImage(probeName, 1024 * 1024);
  const window = await BrowserWindow.open(workplace, chromiumPath);
  const byCount: number[] = [];
  try {
    for (const count of counts) {
      await devices.setCount(count);
      await window.waitForText('image-0001.img');
      await pause(1000);
      const { fromStart, fromEnd } = await measureChanges(window, workplace, probe);
      const p95 = percentile(fromStart, 0.95);
      byCount.push(p95);
      const last = count === counts.at(-1);
      results.add(milliseconds('window', `${count} devices: start of losetup to painted, p95`, p95, last ? 50 : null));
      results.add(milliseconds('window', `${count} devices: start of losetup to painted, median`, median(fromStart)));
      results.add(milliseconds('window', `${count} devices: end of losetup to painted, p95`, percentile(fromEnd, 0.95)));
    }
    const [few = 1, many = 1] = [byCount[0], byCount.at(-1)];
    results.add({
      group: 'window',
      name: `p95 with ${counts.at(-1)} devices, as a multiple of that with ${counts[0]}`,
      value: many / few,
      unit: 'times',
      goal: null,
    });
    await benchIdle(window, results);
  } finally {
    await window.close();
  }
}
