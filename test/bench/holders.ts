/** Who uses a mounted device while 2,000 processes run: the helper's list beside `fuser -vm`. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HelperClient } from '../../electron/helper/helper-client.ts';
import { commandTime, losetupAttach, losetupDetach } from './commands.ts';
import { milliseconds, times, type Results } from './results.ts';
import { interleave, median, timeOf } from './statistics.ts';
import type { Workplace } from './workplace.ts';

const PROCESSES = 2000;
const ROUNDS = 9;

/** Starts that many sleeping processes and waits until they are there. */
async function crowd(): Promise<ChildProcess> {
  const script = `i=0; while [ $i -lt ${PROCESSES} ]; do sleep 600 & i=$((i+1)); done; echo ready; wait`;
  const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  await new Promise((resolve) => void shell.stdout.once('data', resolve));
  return shell;
}

async function endGroup(leader: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => void leader.once('exit', resolve));
  if (leader.pid !== undefined) process.kill(-leader.pid, 'SIGKILL');
  await ended;
}

export async function benchHolders({ folder }: Workplace, helper: HelperClient, results: Results): Promise<void> {
  const image = join(folder, 'holders.img');
  const place = join(folder, 'holders');
  writeFileSync(image, '');
  truncateSync(image, 64 * 1024 * 1024);
  mkdirSync(place);
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  const { path, number } = losetupAttach(image, join(folder, 'holders.out'));
  execFileSync('mount', [path, place]);
  const file = openSync(join(place, 'file'), 'w');
  const user = spawn('sleep', ['600'], { cwd: place, stdio: ['ignore', file, 'ignore'], detached: true });
  closeSync(file);
  const others = await crowd();
  try {
    await compare(place, number, helper, results);
  } finally {
    await endGroup(others);
    await endGroup(user);
    execFileSync('umount', [place]);
    losetupDetach(path);
  }
}

async function compare(place: string, number: number, helper: HelperClient, results: Results): Promise<void> {
  const { devices } = await helper.call('devices/list', {});
  const device = devices.find((one) => one.number === number);
  if (device === undefined) throw new Error('the device is not in the list');
  const params = { device: number, diskseq: device.diskseq, others: 'name' } as const;
  const contestants = {
    helper: () => timeOf(() => helper.call('holders/list', params)),
    // It warns of what even root may not see, and goes on.
    fuser: () => commandTime(['sh', '-c', `fuser -vm '${place}' 2>/dev/null`]),
  };
  await interleave(contestants, 2);
  const samples = await interleave(contestants, ROUNDS);
  const [helperMs, fuserMs] = [median(samples.helper), median(samples.fuser)];
  const where = `${PROCESSES} processes`;
  results.add(milliseconds('holders', `${where}: helper as root`, helperMs));
  results.add(milliseconds('holders', `${where}: fuser -vm`, fuserMs));
  results.add(times('holders', `${where}: helper against fuser`, fuserMs, helperMs, 0.5));
}
