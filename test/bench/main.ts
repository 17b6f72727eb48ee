/**
 * `npm run bench -- [--json] [GROUP…]`: Platter beside losetup and lsblk in one run, as ratios. Needs root. Nothing here is a
 * test: numbers of another machine, or of a busy one, differ. Groups: helper, images, list, attach, window (with idle), plot, cli, copy, hash, holders.
 */
import { availableParallelism, loadavg, release } from 'node:os';
import { chromiumForTests } from '../../build/suites.ts';
import { AttachedDevices } from './attached-devices.ts';
import { benchAttach } from './attach.ts';
import { benchCopy } from './copy.ts';
import { benchHash } from './hash.ts';
import { benchCommandLine } from './command-line.ts';
import { benchHolders } from './holders.ts';
import { benchHelperStart } from './helper-start.ts';
import { benchImages } from './images.ts';
import { benchList } from './list.ts';
import { benchPlot } from './plot.ts';
import { isMet, Results } from './results.ts';
import { benchWindow } from './window.ts';
import { startReady, Workplace } from './workplace.ts';

const groups = ['helper', 'images', 'attach', 'holders', 'window', 'plot', 'list', 'cli', 'copy', 'hash'] as const;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runGroups(chosen: readonly string[], workplace: Workplace, results: Results): Promise<void> {
  const files = workplace.helperFiles();
  if (chosen.includes('helper')) await benchHelperStart(files, results);
  const elevated = await startReady({ kind: 'direct' }, files);
  try {
    const devices = new AttachedDevices(workplace, elevated.client);
    if (chosen.includes('images')) await benchImages(workplace, elevated.client, results);
    if (chosen.includes('attach')) await benchAttach(workplace, elevated.client, results);
    if (chosen.includes('holders')) await benchHolders(workplace, elevated.client, results);
    if (chosen.includes('window') || chosen.includes('plot')) {
      const path = chromiumForTests();
      if (path === null) results.note('window   not measured: the program chromium is missing');
      else {
        if (chosen.includes('window')) await benchWindow(workplace, devices, [8, 500], path, results);
        if (chosen.includes('plot')) await benchPlot(workplace, devices, path, results);
      }
    }
    if (chosen.includes('list')) {
      const view = await startReady({ kind: 'view' }, workplace.unprivilegedHelperFiles());
      try {
        await benchList(devices, { elevated: elevated.client, view: view.client }, [8, 255, 1023], results);
      } finally {
        await view.stop();
      }
    }
    if (chosen.includes('cli')) await benchCommandLine(devices, [1023, 255, 8], results);
    if (chosen.includes('copy')) await benchCopy(workplace.folder, results);
    if (chosen.includes('hash')) await benchHash(workplace.folder, results);
    results.note('Detaching the devices and removing the nodes that were added …');
    await devices.setCount(0);
  } finally {
    await elevated.stop();
  }
}

async function main(args: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('The benchmarks attach devices: run them as root.');
  const named = args.filter((argument) => argument !== '--json');
  const unknown = named.find((name) => !groups.some((group) => group === name));
  if (unknown !== undefined) throw new Error(`There is no group ${unknown}. Groups: ${groups.join(' ')}.`);
  const workplace = new Workplace();
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => reject(new Error(`Ended by ${signal}.`)));
  });
  const results = new Results(say);
  const machine = { kernel: release(), processors: availableParallelism(), loadAverage: loadavg()[0], node: process.versions.node };
  say(`Linux ${machine.kernel}, ${machine.processors} processors, load average ${machine.loadAverage?.toFixed(2)} before the start.`);
  try {
    await Promise.race([runGroups(named.length === 0 ? groups : named, workplace, results), interrupted]);
  } finally {
    await workplace.clear();
  }
  const missed = results.all.filter((result) => isMet(result) === false).length;
  say(`${results.all.length} results, ${missed} goals missed.`);
  if (args.includes('--json')) {
    const all = results.all.map((result) => ({ ...result, met: isMet(result) }));
    say(JSON.stringify({ machine, results: all }));
  }
}

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
