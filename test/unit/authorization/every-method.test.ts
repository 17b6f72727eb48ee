/** SECURITY.md (e) row 25: no method that needs a permission is without its question (CVE-2026-26103 was one that had none). */
import { expect, test } from 'vitest';
import { createRequestAuthorization } from '../../../native-helper/authorization/request-authorization.ts';
import type { Ownership } from '../../../native-helper/protocol/devices.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { helperMethods, type Authorization, type MethodName } from '../../../native-helper/protocol/methods.ts';
import type { HandledMethodName } from '../../../native-helper/rpc/handlers.ts';

const names = Object.keys(helperMethods) as MethodName[];
/** These act on nothing, and tell no more than sysfs. */
const open = ['session/hello', 'session/features', 'session/shutdown', 'session/cancel', 'devices/list', 'devices/watch'];
const all = { device: 1_048_575, diskseq: '1', mountId: 5, fileSystemType: 'ext4' };
/** The parameters that decide whose a request is, as far as the method takes them. */
const parametersOf = (method: MethodName): object => {
  if (method.startsWith('nodes/') || method.startsWith('devices/attach')) return {};
  const { mountId: _, ...deviceOnly } = all;
  return ['mounts/unmount', 'mounts/grow', 'mounts/shrink', 'devices/trim'].includes(method) ? all : deviceOnly;
};

/** `granted`, or the code of the refusal when everything that is asked is denied. */
async function outcomeOf(method: HandledMethodName, ownership: Ownership): Promise<string> {
  const authorize = createRequestAuthorization({
    uid: 1000,
    records: { ownershipOf: () => ownership },
    ownershipOfMount: () => ownership,
    authorizer: {
      check: async () => {
        throw new HelperError('NOT_AUTHORIZED');
      },
    },
  });
  try {
    await authorize(method, parametersOf(method) as never, { signal: new AbortController().signal, descriptors: [] });
    return 'granted';
  } catch (error) {
    if (error instanceof HelperError) return error.code;
    throw error;
  }
}

const guarded = names.filter((name): name is HandledMethodName => !open.includes(name));

test('only looking is open to everybody', () => {
  const withoutEntry = names.filter((name) => (helperMethods[name].authorization satisfies Authorization) === 'none');
  expect(withoutEntry.toSorted()).toEqual(open.toSorted());
});

test.each(guarded)('%s is denied on what belongs to somebody else', async (method) => {
  for (const ownership of ['other-user', 'unknown'] as const) {
    // A device that is not there is said to be so before anybody is asked.
    expect(['NOT_AUTHORIZED', 'NOT_PERMITTED', 'NO_SUCH_DEVICE', 'NOT_MOUNTED']).toContain(await outcomeOf(method, ownership));
  }
});

test.each(guarded)('%s asks nothing else on what is own than the table says', async (method) => {
  const { authorization }: { authorization: Authorization } = helperMethods[method];
  const asks = authorization !== 'none' && authorization.own !== null;
  expect(['granted', 'NOT_AUTHORIZED', 'NO_SUCH_DEVICE'].slice(asks ? 1 : 0, asks ? 3 : 1)).toContain(await outcomeOf(method, 'own'));
});
