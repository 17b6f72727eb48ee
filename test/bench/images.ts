/** Looking into an image beside blkid and sfdisk, and opening one beside losetup and mount. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openImageFile, type Opener } from '../../electron/actions/open.ts';
import type { HelperClient } from '../../electron/helper/helper-client.ts';
import { ImageWorker } from '../../electron/images/image-worker.ts';
import { inspectFile } from '../../electron/images/inspect.ts';
import { builtWorker } from './built-worker.ts';
import { commandTime, losetupAttach, losetupDetach } from './commands.ts';
import { firstLook } from './first-look.ts';
import { milliseconds, times, type Results } from './results.ts';
import { interleave, median, timeOf, type Contestant } from './statistics.ts';
import type { Workplace } from './workplace.ts';

const MIB = 1024 * 1024;
const coldRounds = 11;
/** Blocks take turns, so that both meet the same machine; within one, each is as warm as in a row of its own. */
const blocks = 5;
const roundsInBlock = 12;
/** The first of a block find caches that the other contestant has filled, and pages that its forks have made copies of. */
const leftOut = 3;
const platter = fileURLToPath(new URL('../../dist/cli/platter.js', import.meta.url));

/** A GPT with an ext4 and a FAT file system in it. */
function makeDisk(folder: string): string {
  const path = join(folder, 'disk.img');
  writeFileSync(path, '');
  truncateSync(path, 256 * MIB);
  execFileSync('sfdisk', ['-q', path], { input: 'label: gpt\nsize=128M,type=L\nsize=100M,type=U\n' });
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', '-E', `offset=${MIB}`, path, '128M'], { stdio: 'ignore' });
  return path;
}

async function inBlocks(
  ours: Contestant,
  theirs: Contestant,
): Promise<{ readonly ours: readonly number[]; readonly theirs: readonly number[] }> {
  const samples = { ours: [] as number[], theirs: [] as number[] };
  for (let block = 0; block < blocks; block += 1) {
    samples.ours.push(...(await interleave({ ours }, roundsInBlock)).ours.slice(leftOut));
    samples.theirs.push(...(await interleave({ theirs }, roundsInBlock)).theirs.slice(leftOut));
  }
  return samples;
}

async function benchInspect(workplace: Workplace, results: Results): Promise<void> {
  const path = makeDisk(workplace.folder);
  const file = Buffer.from(path);
  const warm = new ImageWorker({ files: builtWorker });
  const look = async (worker: ImageWorker): Promise<unknown> => inspectFile({ worker, devices: [] }, file);
  const peers = (): number => commandTime(['blkid', '-p', '-o', 'export', path]) + commandTime(['sfdisk', '-J', path]);
  try {
    await look(warm);
    const cold = async (): Promise<number> => {
      const worker = new ImageWorker({ files: builtWorker });
      try {
        return await timeOf(async () => look(worker));
      } finally {
        await worker.close();
      }
    };
    const command = (): number => commandTime([process.execPath, platter, 'inspect', '--json', path]);
    const first = (): number => Number(execFileSync(process.execPath, [firstLook, path], { encoding: 'utf8' }));
    await interleave({ cold, peers, first }, 2);
    const starts = await interleave({ cold, command, first }, coldRounds);
    const { ours: warmed, theirs } = await inBlocks(async () => timeOf(async () => look(warm)), peers);
    const [peersMs, firstMs, warmMs] = [median(theirs), median(starts.first), median(warmed)];
    results.add(milliseconds('images', 'blkid -p and sfdisk -J as processes', peersMs));
    results.add(milliseconds('images', 'inspect, the first of a program, its worker started ahead', firstMs));
    results.add(milliseconds('images', 'inspect, the worker started for it', median(starts.cold)));
    results.add(milliseconds('images', 'inspect, worker warm', warmMs));
    results.add(milliseconds('images', 'platter inspect --json, whole process', median(starts.command)));
    results.add(times('images', 'the first inspect, against blkid and sfdisk', peersMs, firstMs, 1 / 1.5));
    results.add(times('images', 'inspect with the start of the worker, against blkid and sfdisk', peersMs, median(starts.cold), null));
    results.add(times('images', 'inspect with the worker warm, against blkid and sfdisk', peersMs, warmMs, 5));
  } finally {
    await warm.close();
  }
}

async function benchOpen(workplace: Workplace, client: HelperClient, results: Results): Promise<void> {
  const path = join(workplace.folder, 'open.img');
  writeFileSync(path, '');
  truncateSync(path, 64 * MIB);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', path], { stdio: 'ignore' });
  spawnSync('sync', [path]);
  const worker = new ImageWorker({ files: builtWorker });
  const opener: Opener = {
    worker,
    session: client,
    attach: async (_path, image, params) => client.call('devices/attach', params, { descriptors: [image.handle.fd] }),
    showFolder: null,
  };
  const mountPoint = join(workplace.folder, 'mounted');
  mkdirSync(mountPoint);
  const output = join(workplace.folder, 'losetup-output');
  const contestants = {
    platter: async () => openAndClose(opener, client, path, workplace),
    peers: () => {
      const attached = losetupAttach(path, output);
      workplace.noteDevice(attached.number);
      const mountMs = commandTime(['mount', '-o', 'ro,nosuid,nodev', attached.path, mountPoint]);
      execFileSync('umount', [mountPoint]);
      losetupDetach(attached.path);
      return attached.endedAt - attached.startedAt + mountMs;
    },
  };
  try {
    const { ours, theirs } = await inBlocks(contestants.platter, contestants.peers);
    results.add(milliseconds('images', 'open an ext4 image: losetup and mount as processes', median(theirs)));
    results.add(milliseconds('images', 'open an ext4 image, helper and worker warm', median(ours)));
    results.add(times('images', 'open, against losetup and mount', median(theirs), median(ours), 1));
  } finally {
    // Nothing is there unless the bench was interrupted.
    spawnSync('umount', [mountPoint], { stdio: 'ignore' });
    await worker.close();
  }
}

/** Milliseconds of opening; what was opened is unmounted again, and detached with that. */
async function openAndClose(opener: Opener, client: HelperClient, path: string, workplace: Workplace): Promise<number> {
  const startedAt = performance.now();
  const { device, mounts } = await openImageFile(opener, Buffer.from(path), { readOnly: true, partitionScan: true, mount: true });
  const took = performance.now() - startedAt;
  workplace.noteDevice(device);
  const { devices } = await client.call('devices/list', {});
  const diskseq = devices.find(({ number }) => number === device)?.diskseq;
  if (diskseq === undefined) throw new Error('the opened device is not listed');
  for (const { mountId } of mounts) await client.call('mounts/unmount', { device, diskseq, mountId, lazy: false });
  while (existsSync(`/sys/block/loop${device}/loop/backing_file`)) await new Promise((resolve) => void setTimeout(resolve, 1));
  return took;
}

export async function benchImages(workplace: Workplace, client: HelperClient, results: Results): Promise<void> {
  await benchInspect(workplace, results);
  await benchOpen(workplace, client, results);
}
