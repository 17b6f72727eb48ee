import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRequestAuthorization } from '../../../native-helper/authorization/request-authorization.ts';
import type { Ownership } from '../../../native-helper/protocol/devices.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import type { RequestContext } from '../../../native-helper/rpc/handlers.ts';

const request: RequestContext = { signal: new AbortController().signal, descriptors: [] };
/** No machine has a loop device of this number. */
const nowhere = { device: 1_048_575, diskseq: toDecimal(7) };

function setUp(facts: { uid?: number; device?: Ownership; mount?: Ownership } = {}) {
  const asked: string[] = [];
  const authorize = createRequestAuthorization({
    uid: facts.uid ?? 1000,
    records: { ownershipOf: () => facts.device ?? 'own' },
    ownershipOfMount: () => facts.mount ?? 'own',
    authorizer: {
      check: async (action, prompt) => {
        asked.push(`${action} ${prompt.device} ${prompt.fileName}`);
      },
    },
  });
  return { asked, authorize };
}

const mountParams = { ...nowhere, partition: null, fileSystemType: 'ext4', readOnly: true, label: '', detachWhenUnmounted: false };
const attachParams = { readOnly: true } as never;

test('what needs no question is allowed in the same turn', () => {
  expect(setUp().authorize('devices/detach', { ...nowhere, whenFree: false }, request)).toBeUndefined();
  expect(setUp().authorize('devices/list', {}, request)).toBeUndefined();
  expect(setUp({ uid: 0, device: 'unknown', mount: 'unknown' }).authorize('nodes/find-free', {}, request)).toBeUndefined();
});

test('attaching asks with the name of the file that came along', async () => {
  const fd = openSync('/etc/hostname', 'r');
  const { asked, authorize } = setUp();
  await authorize('devices/attach', attachParams, { ...request, descriptors: [fd] });
  closeSync(fd);
  expect(asked).toEqual(['loop-setup null hostname']);
});

test.each([
  ['a device that is not there', 'devices/rescan', nowhere, { device: 'other-user' }, 'NO_SUCH_DEVICE'],
  ['what is refused to everybody', 'devices/change-backing-file', nowhere, { device: 'other-user' }, 'NOT_PERMITTED'],
  ['a mount of such a device', 'mounts/unmount', { ...nowhere, mountId: 5, lazy: false }, { mount: 'unknown' }, 'NO_SUCH_DEVICE'],
  ['a type that is not mounted', 'mounts/mount', { ...mountParams, fileSystemType: 'tmpfs' }, {}, 'FILE_SYSTEM_REFUSED'],
] as const)('nobody is asked about %s', (_name, method, params, facts, code) => {
  const { asked, authorize } = setUp(facts);
  expect(() => authorize(method, params as never, request)).toThrow(new HelperError(code));
  expect(asked).toEqual([]);
});
