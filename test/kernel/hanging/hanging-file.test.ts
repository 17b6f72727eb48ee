/**
 * A file on a FUSE file system that stops answering when it is attached already: its device and everything else stay usable. The helper as it is
 * shipped, in a process of its own, since a call that waits for such a file would stop the whole of it. No process here has the file open by then:
 * closing it waits for the server, also when a process ends. Nothing can end that wait, nor that for the answer to a question the server has read.
 */
import { spawn } from 'node:child_process';
import { readlinkSync, statSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { findAttachments } from '../../../electron/images/identity.ts';
import { HelperHarness, shipped, type Message } from '../../contract/helper-harness.ts';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toKernelText } from '../../../native-helper/protocol/scalars.ts';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { plainAttach } from '../operations/plain-attach.ts';
import { withServedFile } from '../operations/served-file.ts';

const MIB = 1024 * 1024;
const loop = useLoopFixture();
const helpers: HelperHarness[] = [];
afterEach(async () => {
  for (const helper of helpers.splice(0)) expect({ ...(await helper.stop()), log: helper.stderr }).toMatchObject({ status: 0 });
});

async function started(): Promise<HelperHarness> {
  const helper = await HelperHarness.ready(shipped);
  helpers.push(helper);
  await helper.request('devices/watch', { safetyRead: true });
  return helper;
}

async function attach(helper: HelperHarness, fd: number): Promise<LoopDevice> {
  const reply = await helper.request('devices/attach', plainAttach, [fd]);
  const { device } = reply.result as { device: LoopDevice };
  loop.adopt(device.number);
  return device;
}

const targetOf = ({ number, diskseq }: LoopDevice) => ({ device: number, diskseq });
const codeOf = ({ error }: Message): string => error?.data.code ?? 'done';

/** What anybody may do with this helper while something hangs. */
async function expectUsable(helper: HelperHarness, hanging: LoopDevice | null): Promise<void> {
  const local = await attach(helper, loop.open(loop.makeImage(`local-${process.hrtime.bigint()}.img`, MIB)));
  const { devices } = (await helper.request('devices/list', {})).result as { devices: LoopDevice[] };
  const listed = devices.map(({ number }) => number);
  expect(listed).toContain(local.number);
  if (hanging !== null) expect(listed).toContain(hanging.number);
  const set = { ...targetOf(local), changes: { reference: 'changed' } };
  expect(codeOf(await helper.request('devices/set', set))).toBe('done');
  expect((await helper.request('devices/detach', { ...targetOf(local), whenFree: false })).result).toEqual({ state: 'detached' });
}

/** What a helper has open. */
function openedBy(helper: HelperHarness): string[] {
  return helper.descriptors().flatMap((number) => {
    try {
      return [readlinkSync(`/proc/${helper.pid}/fd/${number}`)];
    } catch {
      return []; // closed since it was listed
    }
  });
}

/** Works with an attached device whose file hangs from then on. Nobody has the file open any more, but the loop driver. */
async function whileHanging(work: (helper: HelperHarness, device: LoopDevice) => Promise<void>): Promise<void> {
  const helper = await started();
  await withServedFile(loop, 'allow_other', async ({ fd, hang }) => {
    const device = await attach(helper, fd);
    loop.close(fd);
    const path = device.backingFile?.text ?? '';
    await waitFor('the helper to close it', () => !openedBy(helper).includes(path));
    await hang();
    await work(helper, device);
  });
}

test('everything about its device is answered, and everything else done', async () => {
  await whileHanging(async (helper, device) => {
    const target = targetOf(device);
    const mount = { partition: null, fileSystemType: 'ext4', readOnly: true, label: 'x', detachWhenUnmounted: false };
    const requests: readonly (readonly [string, object])[] = [
      ['devices/kernel-view', target],
      ['devices/set', { ...target, changes: { reference: 'x' } }],
      ['devices/set-capacity', target],
      ['mounts/mount', { ...target, ...mount }],
    ];
    const answers = requests.map(([method, params]) => helper.request(method, params));
    await expectUsable(helper, device);
    expect((await Promise.all(answers)).map(codeOf)).toEqual(requests.map(() => 'IMAGE_NOT_ANSWERING'));
    await expectUsable(helper, device);
  });
});

test('its device is detached', async () => {
  await whileHanging(async (helper, device) => {
    expect((await helper.request('devices/detach', { ...targetOf(device), whenFree: false })).result).toEqual({ state: 'detached' });
    expect(isBound(device.number)).toBe(false);
    await expectUsable(helper, null);
  });
});

test('its device is detached when it is free, and that cannot be taken back', async () => {
  await whileHanging(async (helper, device) => {
    // Not this process: whoever closes the device last may have to wait.
    const holder = spawn('sh', ['-c', 'exec 3<"$0"; echo; exec sleep 1000', `/dev/loop${device.number}`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    try {
      expect((await helper.request('devices/detach', { ...targetOf(device), whenFree: false })).result).toEqual({ state: 'deferred' });
    } finally {
      holder.kill('SIGKILL');
    }
    // The question for it holds the device until the server ends.
    await expectUsable(helper, device);
  });
  await waitFor('the kernel to detach it', () => loop.census().length === 0);
});

test('the window still finds out whether another image is attached', async () => {
  await whileHanging(async (_helper, device) => {
    const path = loop.makeImage('other.img', MIB);
    const other = await loop.attach(path);
    // As a helper without root lists them, which knows no inode.
    const listed = [device, device, { ...device, number: other.number, backingFile: toKernelText(path) }];
    const unknown = listed.map((one) => ({ ...one, identity: null }));
    expect(await findAttachments(unknown, statSync(path, { bigint: true }))).toEqual([other.number]);
  });
});

test('the helper ends with its input as long as nobody has asked it about that device', async () => {
  await whileHanging(async (helper, device) => {
    await expectUsable(helper, device);
    expect(await helper.stop()).toEqual({ status: 0, signal: null });
  });
});
