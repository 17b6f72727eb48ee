/** What the plot of a device's activity costs: the program with it in sight, less the same with it out of sight. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import type { AttachedDevices } from './attached-devices.ts';
import { BrowserWindow } from './browser-window.ts';
import { processorMsOfAll } from './process-facts.ts';
import type { Results } from './results.ts';
import { median } from './statistics.ts';
import type { Workplace } from './workplace.ts';

const spanMs = 15_000;
/** In sight and out of sight take turns, so that whatever else the machine does meets both. */
const rounds = 5;
/** What runs once a second takes V8 a minute to compile, on other threads: that is no cost of what somebody looks at for longer. */
const settleMs = 60_000;
const name = 'image-0001.img';

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Percent of one processor that the window, its browser, main and helper use: all of them are children of this process. */
async function shareOf(window: BrowserWindow, part: 'plot' | 'head', path: string, duringMs = spanMs): Promise<number> {
  await window.showDevice(name, part);
  await pause(3000);
  const children = (): number => processorMsOfAll(process.pid) - process.cpuUsage().user / 1000 - process.cpuUsage().system / 1000;
  const fd = openSync(path, 'r+');
  // Something to draw: this process writes, and is not counted.
  const writing = setInterval(() => {
    writeSync(fd, Buffer.alloc(64 * 1024, 1), 0, 64 * 1024, 0);
    fdatasyncSync(fd);
  }, 200);
  const before = children();
  const start = performance.now();
  await pause(duringMs);
  const share = ((children() - before) / (performance.now() - start)) * 100;
  clearInterval(writing);
  closeSync(fd);
  return share;
}

export async function benchPlot(workplace: Workplace, devices: AttachedDevices, chromiumPath: string, results: Results): Promise<void> {
  await devices.setCount(2);
  const window = await BrowserWindow.open(workplace, chromiumPath);
  try {
    await window.waitForText(name);
    const path = workplace.deviceOf(name);
    await shareOf(window, 'plot', path, settleMs);
    const costs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const hidden = await shareOf(window, 'head', path);
      costs.push((await shareOf(window, 'plot', path)) - hidden);
    }
    results.add({
      group: 'plot',
      name: 'the plot in sight, all processes of the program and its browser',
      value: median(costs),
      unit: 'percent',
      goal: { kind: 'largest', value: 1 },
    });
  } finally {
    await window.close();
  }
}
