/**
 * A helper killed at any call that it makes: not only between the steps that killed.test.ts names. After the next start records, devices, mounts
 * and folders agree, and everything can be gone on with. Every call in the long run, some of them otherwise.
 */
import { expect, test } from 'vitest';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { attachOptions } from './attach-options.ts';
import { sourcesPattern, useWorld } from './use-world.ts';
import { checkoutInside, folderInside } from './world.ts';
import type { CallOutcome, UserProgram } from './world-programs.ts';

const STRIDE = process.env['PLATTER_LONG'] === '1' ? 1 : 61;
/** No operation makes so many. */
const MOST_CALLS = 400;

const { world, startedFromSources, ended } = await useWorld();
const image = `${folderInside}/disk.img`;
const otherImage = `${folderInside}/other.img`;
world.rootShell(`truncate -s 4M ${image}; mkfs.ext4 -q ${image}; cp ${image} ${otherImage}`);

/** Root's program with a helper that is killed at its call number `killAt`. */
async function started(killAt: number | null = null): Promise<UserProgram> {
  if (killAt === null) return startedFromSources();
  return startedFromSources(`import { killAtCall } from '${checkoutInside}/test/polkit/kill-at-call.ts';\nkillAtCall(${killAt});`);
}

interface Left {
  readonly attached: readonly string[];
  readonly pending: readonly string[];
  readonly recorded: readonly string[];
  readonly mounts: number;
  readonly mountRecords: number;
  readonly folders: number;
}
const nothing: Left = { attached: [], pending: [], recorded: [], mounts: 0, mountRecords: 0, folders: 0 };

/** What the kernel, the records and the folders say. */
function census(): Left {
  const [attached = '', pending = '', recorded = '', ...counts] = world
    .rootShell(
      `
      losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^${folderInside}/" { print $1 }' | sed 's:/dev/::' | xargs -r -I{} cat /sys/block/{}/diskseq | sort | xargs echo
      ls -A /run/platter/pending | xargs echo; ls -A /run/platter/devices | sort | xargs echo
      grep -c ' /run/media/root/' /proc/self/mountinfo || true
      ls -A /run/platter/mounts | wc -l; ls -A /run/media/root 2>/dev/null | wc -l`,
    )
    .split('\n');
  const words = (line: string): string[] => line.split(' ').filter(Boolean);
  const [mounts = -1, mountRecords = -1, folders = -1] = counts.map(Number);
  return { attached: words(attached), pending: words(pending), recorded: words(recorded), mounts, mountRecords, folders };
}

const flags = 'r+';
const attach = (program: UserProgram, changes: object = {}): Promise<CallOutcome<'devices/attach'>> =>
  program.call('devices/attach', { ...attachOptions, readOnly: false, ...changes }, { path: image, flags });

async function attached(program: UserProgram, changes: object = {}): Promise<LoopDevice> {
  const outcome = await attach(program, changes);
  if (!('ok' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.ok.device;
}

const targetOf = ({ number, diskseq }: LoopDevice) => ({ device: number, diskseq });
const mountParams = (device: LoopDevice) => ({
  ...targetOf(device),
  partition: null,
  fileSystemType: 'ext4',
  readOnly: false,
  label: 'disk',
  detachWhenUnmounted: true,
});

async function mounted(program: UserProgram) {
  const device = await attached(program);
  const { mount } = await program.succeed('mounts/mount', mountParams(device));
  return { ...targetOf(device), mountId: mount.mountId };
}

/** The first request reads every node of the machine, hundreds perhaps: no part of what is looked at here. */
async function readAll(program: UserProgram): Promise<void> {
  await program.succeed('devices/list', {});
}

type Act = () => Promise<object>;

/** Each gets everything ready with a helper that is not killed yet, and gives back what it is killed in. */
const operations: Readonly<Record<string, (program: UserProgram) => Promise<Act>>> = {
  attaching: async (program) => {
    await readAll(program);
    return () => attach(program);
  },
  'attaching with autoclear': async (program) => {
    await readAll(program);
    return () => attach(program, { autoclear: true });
  },
  detaching: async (program) => {
    const device = await attached(program);
    return () => program.call('devices/detach', { ...targetOf(device), whenFree: false });
  },
  'changing the file': async (program) => {
    const device = await attached(program, { readOnly: true });
    return () => program.call('devices/change-backing-file', targetOf(device), { path: otherImage, flags: 'r' });
  },
  mounting: async (program) => {
    const device = await attached(program);
    return () => program.call('mounts/mount', mountParams(device));
  },
  'mounting what was attached with autoclear': async (program) => {
    const device = await attached(program, { autoclear: true });
    return () => program.call('mounts/mount', mountParams(device));
  },
  unmounting: async (program) => {
    const target = await mounted(program);
    return () => program.call('mounts/unmount', { ...target, lazy: false });
  },
};

/** Ends what is left, by the means of the program alone. */
async function cleanUp(program: UserProgram): Promise<void> {
  const { devices } = await program.succeed('devices/list', {});
  for (const device of devices.filter(({ backingFile }) => backingFile?.text.startsWith(`${folderInside}/`) === true)) {
    for (const { mountId } of device.mounts) await program.succeed('mounts/unmount', { ...targetOf(device), mountId, lazy: false });
    const outcome = await program.call('devices/detach', { ...targetOf(device), whenFree: false });
    // With autoclear it went with its last mount.
    expect(['done', 'NOT_ATTACHED', 'STALE_DEVICE']).toContain('failed' in outcome ? outcome.failed.code : 'done');
  }
}

/** A killed process lets go of its descriptors one after another; with autoclear that is when the device goes. */
async function settled(): Promise<void> {
  await expect.poll(() => world.rootShell(`pgrep -f '${sourcesPattern}' || true`)).toBe('');
}

test.each(Object.keys(operations))('killed at any call of %s, the next helper puts things right', async (name) => {
  const prepare = operations[name];
  if (prepare === undefined) throw new Error(name);
  let survived = false;
  let killed = 0;
  for (let call = 1; !survived; call += STRIDE) {
    expect(call).toBeLessThan(MOST_CALLS);
    const program = await started(call);
    const act = await prepare(program);
    // loop0 is there already: nothing is added, and the counting begins.
    await program.call('nodes/add', { device: 0 });
    const outcome = await act();
    survived = !('lost' in outcome);
    if (!survived) killed++;
    await ended(program);
    await settled();
    const next = await started();
    const left = census();
    const what = `call ${call}`;
    expect({ what, ...left, recorded: left.attached, mountRecords: left.mounts, folders: left.mounts, pending: [] }).toEqual({
      what,
      ...left,
    });
    await cleanUp(next);
    await ended(next);
    await ended(await started());
    expect({ what, ...census() }).toEqual({ what, ...nothing });
  }
  expect(killed).toBeGreaterThan(0);
});
