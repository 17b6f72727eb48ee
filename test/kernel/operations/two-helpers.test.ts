/** SECURITY.md (e) row 44: two helper processes, as they are shipped, attach at the same time and take no device from each other. */
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { HelperHarness, shipped } from '../../contract/helper-harness.ts';
import { loopConfigure } from '../../../native-helper/linux/loop-device.ts';
import { bindFreeDevice } from '../../../native-helper/operations/free-device.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { plainAttach } from './plain-attach.ts';

const IMAGES = 200;
/** Below the limit of requests in flight (DESIGN.md §1.1), so that none is refused for that. */
const AT_ONCE = 60;
const loop = useLoopFixture();
const helpers: HelperHarness[] = [];
afterEach(async () => {
  for (const helper of helpers.splice(0)) await helper.stop();
});

async function started(): Promise<HelperHarness> {
  const helper = await HelperHarness.ready(shipped);
  helpers.push(helper);
  return helper;
}

async function attach(helper: HelperHarness, name: string, changes: object = {}): Promise<LoopDevice> {
  const fd = loop.open(loop.makeImage(name, 65_536));
  const reply = await helper.request('devices/attach', { ...plainAttach, ...changes }, [fd]);
  loop.close(fd);
  if (reply.result === undefined) throw new Error(`${JSON.stringify(reply)} ${helper.stderr}`);
  const { device } = reply.result as { device: LoopDevice };
  loop.adopt(device.number);
  return device;
}

/** All of `items` through `work`, at most AT_ONCE under way. */
async function each<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let begin = 0; begin < items.length; begin += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(begin, begin + AT_ONCE).map(work))));
  }
  return results;
}

const recordOf = ({ diskseq }: LoopDevice): string => `/run/platter/devices/${diskseq}`;

test(`${IMAGES} images by each of two at the same time: all devices are distinct, none is lost and none left`, async () => {
  const [one, other] = [await started(), await started()];
  // The first list opens what stays open.
  for (const helper of [one, other]) await helper.request('devices/list', {});
  const before = [one.descriptors(), other.descriptors()];
  const numbers = Array.from({ length: IMAGES }, (_, index) => index);
  const [ones, others] = await Promise.all([
    each(numbers, (index) => attach(one, `one-${index}.img`)),
    each(numbers, (index) => attach(other, `other-${index}.img`)),
  ]);
  const all = [...ones, ...others];
  expect(new Set(all.map(({ number }) => number)).size).toBe(2 * IMAGES);
  expect(loop.census().length).toBe(2 * IMAGES);
  expect(all.filter((device) => !existsSync(recordOf(device)))).toEqual([]);
  for (const helper of [one, other]) {
    const { devices } = (await helper.request('devices/list', {})).result as { devices: LoopDevice[] };
    const listed = new Map(devices.map((device) => [device.number, device]));
    // Each knows what the other attached, by number, diskseq and file.
    expect(all.filter((device) => listed.get(device.number)?.backingFile?.text !== device.backingFile?.text)).toEqual([]);
  }
  // Root owns everything: each detaches what the other has attached.
  const detach = async (helper: HelperHarness, { number, diskseq }: LoopDevice): Promise<unknown> =>
    (await helper.request('devices/detach', { device: number, diskseq, whenFree: false })).result;
  const states = await Promise.all([each(others, (device) => detach(one, device)), each(ones, (device) => detach(other, device))]);
  expect(states.flat().filter((state) => JSON.stringify(state) !== '{"state":"detached"}')).toEqual([]);
  expect(loop.census()).toEqual([]);
  expect(all.filter((device) => existsSync(recordOf(device)))).toEqual([]);
  expect(await Promise.all([one.isAlive(), other.isAlive()])).toEqual([true, true]);
  await waitFor('the descriptors to be closed', () => isDeepStrictEqual([one.descriptors(), other.descriptors()], before));
});

test('a device that another helper takes after the kernel has named it is given up for another one', async () => {
  const helper = await started();
  const backingFd = loop.open(loop.makeImage('ours.img', 65_536));
  const config = { logicalBlockSizeBytes: 0, flags: 0, offsetBytes: 0n, sizeLimitBytes: 0n, reference: new Uint8Array(0) };
  const tried: number[] = [];
  const number = await bindFreeDevice(null, 'write', async (fd, named) => {
    tried.push(named);
    if (tried.length === 1) await attach(helper, 'theirs.img', { device: named });
    await loopConfigure(fd, { backingFd, ...config });
    return named;
  });
  loop.adopt(number);
  expect(tried.length).toBeGreaterThan(1);
  expect(number).toBe(tried.at(-1));
  expect(new Set(tried).size).toBe(tried.length);
  expect(loop.census().length).toBe(2);
});
