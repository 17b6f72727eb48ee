/** The real client and the real helper, every method of the table: contract of both ends of the wire. */
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHelper, type RunningHelper } from '../../electron/helper/helper-process.ts';
import { HelperError, type HelperErrorCode } from '../../native-helper/protocol/errors.ts';
import { helperMethods, type MethodName } from '../../native-helper/protocol/methods.ts';
import { HelperHarness, isRoot, realHelper } from './helper-harness.ts';

/** The last number a loop device can have; nobody attaches it. */
const absent = { device: 1_048_575, diskseq: '1' };
const attachParams = {
  readOnly: true,
  offsetBytes: '0',
  sizeLimitBytes: '0',
  logicalBlockSizeBytes: 0,
  partitionScan: false,
  autoclear: false,
  directIo: false,
  reference: null,
  device: null,
  whenAttached: 'refuse',
};
const { logicalBlockSizeBytes: _, directIo: __, device: ___, whenAttached: ____, ...legacyParams } = attachParams;
const mountTarget = { ...absent, mountId: 2 ** 31 - 1 };
const mountParams = { ...absent, partition: null, fileSystemType: 'ext4', readOnly: true, label: '', detachWhenUnmounted: false };

/** Valid parameters that name nothing that exists, and what the shipped helper says to them as root. */
type Case = readonly [params: object, outcome: 'result' | HelperErrorCode];
const cases: Readonly<Record<Exclude<MethodName, 'session/shutdown'>, Case>> = {
  'session/hello': [{ protocolVersion: 1 }, 'result'],
  'session/features': [{}, 'result'],
  'session/cancel': [{ request: 1 }, 'result'],
  'devices/list': [{}, 'result'],
  'devices/watch': [{ safetyRead: false }, 'result'],
  'devices/attach': [attachParams, 'IMAGE_TOO_SMALL'],
  'devices/attach-legacy': [{ ...legacyParams, statusCall: 'LOOP_SET_STATUS64' }, 'IMAGE_TOO_SMALL'],
  'devices/detach': [{ ...absent, whenFree: false }, 'NO_SUCH_DEVICE'],
  'devices/cancel-detach': [absent, 'NO_SUCH_DEVICE'],
  'devices/set': [{ ...absent, changes: { autoclear: false } }, 'NO_SUCH_DEVICE'],
  'devices/set-capacity': [absent, 'NO_SUCH_DEVICE'],
  'devices/rescan': [absent, 'NO_SUCH_DEVICE'],
  'devices/set-partition': [{ ...absent, action: 'delete', partition: 1 }, 'NO_SUCH_DEVICE'],
  'devices/change-backing-file': [absent, 'IMAGE_TOO_SMALL'],
  'devices/kernel-view': [absent, 'NO_SUCH_DEVICE'],
  'devices/trim': [mountTarget, 'NO_SUCH_DEVICE'],
  'mounts/mount': [mountParams, 'NO_SUCH_DEVICE'],
  'mounts/unmount': [{ ...mountTarget, lazy: false }, 'NO_SUCH_DEVICE'],
  'mounts/grow': [mountTarget, 'NO_SUCH_DEVICE'],
  'mounts/shrink': [{ ...mountTarget, sizeBytes: '4096' }, 'NO_SUCH_DEVICE'],
  'holders/list': [{ ...absent, others: 'name' }, 'NO_SUCH_DEVICE'],
  'holders/close': [{ ...absent, pid: 4_194_304, startTime: '1', signal: 'kill' }, 'NO_SUCH_DEVICE'],
  'nodes/remove': [{ device: absent.device }, 'NO_SUCH_DEVICE'],
  'nodes/find-free': [{}, 'result'],
  // The driver makes loop0 when it is loaded.
  'nodes/add': [{ device: 0 }, 'NODE_EXISTS'],
};

let folder: string;
let image: number;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-methods-'));
  const path = join(folder, 'small.img');
  writeFileSync(path, 'x'.repeat(100));
  image = openSync(path, 'r');
});
afterAll(() => {
  closeSync(image);
  rmSync(folder, { recursive: true });
});

const names = Object.keys(cases) as (keyof typeof cases)[];

function descriptorsFor(method: MethodName): number[] {
  return helperMethods[method].descriptors === 1 ? [image] : [];
}

test('every method of the table has its case here', () => {
  expect([...names, 'session/shutdown'].toSorted()).toStrictEqual(Object.keys(helperMethods).toSorted());
});

describe.skipIf(!isRoot || !existsSync('/dev/loop-control'))('the shipped helper as root (needs root and /dev/loop-control)', () => {
  let helper: RunningHelper;
  beforeAll(async () => {
    const outcome = await startHelper({ kind: 'direct' });
    if (outcome.kind !== 'ready') throw new Error(`${outcome.kind}: ${outcome.details}`);
    helper = outcome;
  });
  afterAll(async () => {
    await helper.stop();
  });

  test('says who it is', () => {
    expect(helper.hello).toMatchObject({ protocolVersion: 1, mode: 'elevated', uid: 0 });
  });

  test.each(names)('answers %s', async (method) => {
    const [params, outcome] = cases[method];
    const call = helper.client.call(method, params as never, { descriptors: descriptorsFor(method) }).then(
      () => 'result',
      (error: unknown) => (error instanceof HelperError ? error.code : error),
    );
    expect(await call).toBe(outcome);
  });

  test.each(names.filter((method) => helperMethods[method].params !== helperMethods['session/features'].params))(
    'refuses %s without parameters, with unknown ones and with wrong ones',
    async (method) => {
      const [params] = cases[method];
      const wrong = Object.fromEntries(Object.keys(params).map((key) => [key, { toString: 'x' }]));
      for (const refused of [{}, { ...params, options: 'suid' }, wrong]) {
        const call = helper.client.call(method, refused as never, { descriptors: descriptorsFor(method) });
        await expect(call).rejects.toMatchObject({ name: 'HelperError', code: 'INVALID_PARAMETERS' });
      }
    },
  );

  test('has closed every descriptor it got', async () => {
    const before = openDescriptors(helper.hello.pid);
    for (const method of ['devices/attach', 'devices/attach-legacy', 'devices/change-backing-file'] as const) {
      await expect(helper.client.call(method, cases[method][0] as never, { descriptors: [image] })).rejects.toBeInstanceOf(HelperError);
    }
    expect(openDescriptors(helper.hello.pid)).toStrictEqual(before);
  });

  test('ends after session/shutdown', async () => {
    expect(await helper.client.call('session/shutdown', {})).toBeNull();
    expect(await helper.ended).toMatchObject({ status: 0, signal: null });
    await expect(helper.client.call('devices/list', {})).rejects.toMatchObject({ name: 'HelperLost' });
  });
});

describe('the shipped helper without root', () => {
  let helper: HelperHarness;
  beforeAll(async () => {
    helper = await HelperHarness.ready({ script: realHelper, parameters: ['--view'], ...(isRoot ? { uid: 65_534 } : {}) });
  });
  afterAll(async () => {
    await helper.stop();
  });

  test.each(names)('answers %s as the table says', async (method) => {
    const reply = await helper.request(method, cases[method][0], descriptorsFor(method));
    const looked = cases[method][1] === 'result' ? undefined : cases[method][1];
    expect(reply.error?.data.code).toBe(helperMethods[method].viewOnly ? looked : 'ROOT_REQUIRED');
  });
});

function openDescriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`);
}
