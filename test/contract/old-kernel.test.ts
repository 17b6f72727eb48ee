/** The shipped helper on a kernel without the calls that it builds on (SECURITY.md (e) 48). Needs root and loop devices. */
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { BLKGETDISKSEQ } from '../../native-helper/linux/block-device.ts';
import { loopRequests } from '../../native-helper/linux/loop-device.ts';
import { LoopFixture } from '../kernel/loop-fixture.ts';
import { HelperHarness, isRoot, shipped, type Message } from './helper-harness.ts';

const script = fileURLToPath(new URL('old-kernel.py', import.meta.url));
const files = new LoopFixture();
afterEach(() => files.release());
afterAll(() => files.deleteFolder());

const options = {
  ...{ readOnly: false, offsetBytes: '0', sizeLimitBytes: '0', partitionScan: false, autoclear: false, reference: null },
  ...{ logicalBlockSizeBytes: 0, directIo: false, device: null, whenAttached: 'refuse' },
};

/** `errno`: what kernels answer that do not know an ioctl; the loop driver of 5.7 said EINVAL, block devices say ENOTTY. */
async function withoutCalls(requests: readonly number[], errno: number, work: (helper: HelperHarness) => Promise<void>): Promise<void> {
  const wrapper = ['/usr/bin/python3', '-I', script, String(errno), requests.join()];
  const helper = await HelperHarness.ready({ ...shipped, wrapper });
  try {
    await work(helper);
  } finally {
    await helper.stop();
  }
}

function codeOf({ error }: Message): string | undefined {
  return error?.data.code;
}

test.skipIf(!isRoot).each([22, 25])(
  'without LOOP_CONFIGURE (errno %i) it says so, attaches nothing, and not in two steps either',
  async (errno) => {
    const image = files.makeImage('image.img', 65_536).toString();
    await withoutCalls([loopRequests.LOOP_CONFIGURE], errno, async (helper) => {
      expect(await helper.request('session/features', {})).toMatchObject({ result: { loopConfigure: false } });
      const reply = await helper.request('devices/attach', options, [files.keep(openSync(image, 'r+'))]);
      expect(reply).toMatchObject({ error: { data: { code: 'UNSUPPORTED_BY_KERNEL', errno } } });
      expect(files.census()).toEqual([]);
      expect(await helper.request('devices/list', {})).toHaveProperty('result.devices');
    });
  },
);

test.skipIf(!isRoot)('without BLKGETDISKSEQ no device can be told from another, and none is touched', async () => {
  const device = await files.attach(files.makeImage('attached.img', 65_536));
  await withoutCalls([BLKGETDISKSEQ], 25, async (helper) => {
    const target = { device: device.number, diskseq: String(device.diskseq) };
    expect(codeOf(await helper.request('devices/detach', { ...target, whenFree: false }))).toBe('UNSUPPORTED_BY_KERNEL');
    expect(codeOf(await helper.request('devices/set-capacity', target))).toBe('UNSUPPORTED_BY_KERNEL');
    expect(files.census()).toEqual([device.number]);
  });
});
