import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkStart, StartRefused, type StartSources } from '../../../native-helper/authorization/start-check.ts';

const whole = '         0          0 4294967295\n';
const good: StartSources = {
  parentPid: () => 500,
  peer: () => ({ pid: 500, uid: 1000 }),
  namespace: () => '4:4026531840',
  read: () => whole,
  outputs: () => ({ replies: true, log: true }),
  openProcess: () => openSync('/dev/null', 'r'),
  startTime: () => 99n,
};

test('gives back the main process when everything holds', () => {
  expect(checkStart(1000, good)).toMatchObject({ pid: 500, startTime: 99n });
});

test.each<[string, Partial<StartSources>]>([
  ['the peer is another user', { peer: () => ({ pid: 500, uid: 1001 }) }],
  ['the peer is root, as in a socket of a service', { peer: () => ({ pid: 500, uid: 0 }) }],
  ['the peer is not the parent', { peer: () => ({ pid: 501, uid: 1000 }) }],
  ['the parent is process 1', { parentPid: () => 1, peer: () => ({ pid: 1, uid: 1000 }) }],
  ['the parent is outside of what can be seen', { parentPid: () => 0, peer: () => ({ pid: 0, uid: 1000 }) }],
  ['the parent has ended', { startTime: () => null }],
  ['the ids are mapped', { read: () => '0 1000 1\n' }],
  ['the ids are mapped to themselves in part', { read: () => '0 0 65536\n' }],
  ['there is a second mapping', { read: () => `${whole}${whole}` }],
  ['only the groups are mapped', { read: (path) => (path.endsWith('gid_map') ? '0 0 1\n' : whole) }],
  ['the mount namespace is another', { namespace: (path) => (path.includes('/1/') ? '4:1' : '4:2') }],
  ['the mount namespace of process 1 is hidden', { namespace: (path) => (path.includes('/1/') ? null : '4:2') }],
  ['both mount namespaces are hidden', { namespace: () => null }],
  ['the replies would go to a file', { outputs: () => ({ replies: false, log: true }) }],
  ['the log was closed', { outputs: () => ({ replies: true, log: false }) }],
])('refuses when %s', (_name, sources) => {
  expect(() => checkStart(1000, { ...good, ...sources })).toThrow(StartRefused);
});

test('refuses when the parent changes while it is being looked at', () => {
  let asked = 0;
  const parentPid = (): number => (asked++ === 0 ? 500 : 1);
  expect(() => checkStart(1000, { ...good, parentPid })).toThrow(StartRefused);
});

test('does not ask about mount namespaces when the caller is root', () => {
  const sources = { ...good, peer: () => ({ pid: 500, uid: 0 }), namespace: () => null };
  expect(checkStart(0, sources).pid).toBe(500);
});
