/** Attach and detach of one clean file: through the warm helper as uid 0, and by losetup. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { HelperClient } from '../../electron/helper/helper-client.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { plainAttach } from './attached-devices.ts';
import { losetupAttach, losetupDetach } from './commands.ts';
import { milliseconds, times, type Results } from './results.ts';
import { interleave, median, timeOf } from './statistics.ts';
import type { Workplace } from './workplace.ts';

/** Blocks take turns, so that both meet the same machine; within one, each is as warm as in a row of its own attaches. */
const blocks = 6;
const roundsInBlock = 40;
const warmUpRounds = 300;
/** The first of a block finds caches that the other contestant has filled. */
const leftOut = 5;
const imageBytes = 1024 * 1024;

/** The four measured actions; each leaves the file as the next one needs it. */
function contestantsFor(client: HelperClient, workplace: Workplace, image: string, descriptor: number) {
  const output = join(workplace.folder, 'losetup-output');
  let attached: LoopDevice | null = null;
  let path = '';
  return {
    helperAttach: () =>
      timeOf(async () => {
        attached = (await client.call('devices/attach', plainAttach, { descriptors: [descriptor] })).device;
        workplace.noteDevice(attached.number);
      }),
    helperDetach: () =>
      timeOf(async () => {
        if (attached === null) throw new Error('nothing is attached');
        await client.call('devices/detach', { device: attached.number, diskseq: attached.diskseq, whenFree: false });
      }),
    losetupAttach: () => {
      const run = losetupAttach(image, output);
      path = run.path;
      workplace.noteDevice(run.number);
      return run.endedAt - run.startedAt;
    },
    losetupDetach: () => {
      const run = losetupDetach(path);
      return run.endedAt - run.startedAt;
    },
  };
}

export async function benchAttach(workplace: Workplace, client: HelperClient, results: Results): Promise<void> {
  const image = workplace.makeImage('attach.img', imageBytes);
  const descriptor = openSync(image, 'r+');
  try {
    const contestants = contestantsFor(client, workplace, image, descriptor);
    const { helperAttach, helperDetach, losetupAttach, losetupDetach } = contestants;
    await interleave({ helperAttach, helperDetach }, warmUpRounds);
    const samples = {
      helperAttach: [] as number[],
      helperDetach: [] as number[],
      losetupAttach: [] as number[],
      losetupDetach: [] as number[],
    };
    for (let block = 0; block < blocks; block += 1) {
      const helper = await interleave({ helperAttach, helperDetach }, roundsInBlock);
      const losetup = await interleave({ losetupAttach, losetupDetach }, roundsInBlock);
      for (const [name, values] of Object.entries({ ...helper, ...losetup })) {
        samples[name as keyof typeof samples].push(...values.slice(leftOut));
      }
    }
    const attachMs = median(samples.helperAttach);
    const detachMs = median(samples.helperDetach);
    results.add(milliseconds('attach', 'helper, request to reply', attachMs, 0.25));
    results.add(milliseconds('attach', 'losetup -f --show', median(samples.losetupAttach)));
    results.add(times('attach', 'helper against losetup -f --show', median(samples.losetupAttach), attachMs, 4));
    results.add(milliseconds('detach', 'helper, request to verified reply', detachMs));
    results.add(milliseconds('detach', 'losetup -d', median(samples.losetupDetach)));
    results.add(times('detach', 'helper against losetup -d', median(samples.losetupDetach), detachMs, null));
  } finally {
    closeSync(descriptor);
  }
}
