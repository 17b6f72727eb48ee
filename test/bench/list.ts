/** How long a full, fresh list of all devices takes: the helper's, losetup's and lsblk's. */
import type { HelperClient } from '../../electron/helper/helper-client.ts';
import type { AttachedDevices } from './attached-devices.ts';
import { commandTime } from './commands.ts';
import { milliseconds, times, type Results } from './results.ts';
import { interleave, median, timeOf } from './statistics.ts';

const rounds = 15;

export interface ListClients {
  readonly elevated: HelperClient;
  readonly view: HelperClient;
}

async function listAt(count: number, { elevated, view }: ListClients, results: Results): Promise<void> {
  const contestants = {
    elevated: () => timeOf(() => elevated.call('devices/list', {})),
    losetup: () => commandTime(['losetup', '-J', '-l']),
    view: () => timeOf(() => view.call('devices/list', {})),
    lsblk: () => commandTime(['lsblk', '-J']),
  };
  await interleave(contestants, 2); // warms up all four alike
  const samples = await interleave(contestants, rounds);
  const [elevatedMs, viewMs, losetupMs, lsblkMs] = [samples.elevated, samples.view, samples.losetup, samples.lsblk].map(median) as [
    number,
    number,
    number,
    number,
  ];
  // The goals are for a full machine; with few devices the start of a process is all that is compared.
  const full = count >= 1000;
  const where = `${count} devices`;
  results.add(milliseconds('list', `${where}: helper as root`, elevatedMs));
  results.add(milliseconds('list', `${where}: view-only helper`, viewMs));
  results.add(milliseconds('list', `${where}: losetup -J -l`, losetupMs));
  results.add(milliseconds('list', `${where}: lsblk -J`, lsblkMs));
  results.add(times('list', `${where}: helper as root against losetup`, losetupMs, elevatedMs, full ? 4 : null));
  results.add(times('list', `${where}: helper as root against lsblk`, lsblkMs, elevatedMs, full ? 7 : null));
  results.add(times('list', `${where}: view-only helper against losetup`, losetupMs, viewMs, full ? 1 : null));
}

export async function benchList(
  devices: AttachedDevices,
  clients: ListClients,
  counts: readonly number[],
  results: Results,
): Promise<void> {
  for (const count of counts) {
    await devices.setCount(count);
    await listAt(count, clients, results);
  }
}
