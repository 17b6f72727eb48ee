/** Programs of other users that use a device: what is told of them, to whom, and who may close them. The helper and launcher as installed. */
import { expect, test } from 'vitest';
import type { HolderList } from '../../native-helper/protocol/holders.ts';
import { attachOptions } from './attach-options.ts';
import { useWorld } from './use-world.ts';
import { folderInside, users } from './world.ts';
import type { UserProgram } from './world-programs.ts';

const { world, started } = await useWorld((inside) => {
  inside.rootShell(
    `[ ! -e ${folderInside}/holder ] || kill -9 $(cat ${folderInside}/holder) 2>/dev/null || true; rm -f ${folderInside}/holder`,
  );
});

interface Scene {
  readonly alice: UserProgram;
  readonly target: { readonly device: number; readonly diskseq: string };
  /** Of a program of bob's that works in the image and has a file of it open. */
  readonly pid: number;
}

/** An image of alice's, mounted, in which bob works. */
async function stage(): Promise<Scene> {
  const alice = await started('alice');
  const path = `${folderInside}/home/alice/holders.img`;
  world.rootShell(`rm -f ${path}; truncate -s 8M ${path}; mkfs.ext4 -q ${path}; chown alice ${path}`);
  const { device } = await alice.succeed('devices/attach', { ...attachOptions, readOnly: false }, { path, flags: 'r+' });
  const target = { device: device.number, diskseq: device.diskseq };
  const { mount } = await alice.succeed('mounts/mount', {
    ...target,
    partition: null,
    fileSystemType: 'ext4',
    readOnly: false,
    label: 'holders',
    detachWhenUnmounted: false,
  });
  const asBob = `setpriv --reuid ${users.bob} --regid ${users.bob} --clear-groups`;
  world.rootShell(
    `cd '${mount.mountPoint.text}' && touch file && { ${asBob} sleep 1000 7<file >/dev/null 2>&1 & echo $! >${folderInside}/holder; }`,
  );
  const pid = Number(world.root('cat', `${folderInside}/holder`));
  while (!world.root('cat', `/proc/${pid}/comm`).startsWith('sleep'));
  return { alice, target, pid };
}

function usersOf({ root }: HolderList): readonly (readonly [number, string | null, readonly string[]])[] {
  return root.mounts.flatMap(({ processes }) => processes.map(({ pid, user, uses }) => [pid, user, uses.map(({ kind }) => kind)] as const));
}

test('are counted for the owner of the device, and named only when an administrator approves', async () => {
  const { alice, target, pid } = await stage();
  const own = await alice.succeed('holders/list', { ...target, others: 'leave-out' });
  expect([usersOf(own), own.hiddenProcesses, own.unreadableProcesses > 0]).toEqual([[], 0, true]);
  const counted = await alice.succeed('holders/list', { ...target, others: 'count' });
  expect([usersOf(counted), counted.hiddenProcesses, JSON.stringify(counted).includes(`"pid":${pid}`)]).toEqual([[], 1, false]);
  expect(await alice.codeOf('holders/list', { ...target, others: 'name' })).toBe('AUTHORIZATION_UNAVAILABLE');
  const agent = await world.agent(alice, 'approve');
  const named = await alice.succeed('holders/list', { ...target, others: 'name' });
  expect((await agent.question()).action).toBe('org.platter.loop-modify-others');
  expect([usersOf(named), named.hiddenProcesses]).toEqual([[[pid, 'bob', ['cwd', 'open']]], 0]);
});

test('are counted and named also when they write to the file of the image', async () => {
  const { alice, target, pid } = await stage();
  const path = `${folderInside}/home/alice/holders.img`;
  const asBob = `setpriv --reuid ${users.bob} --regid ${users.bob} --clear-groups`;
  world.rootShell(`kill -9 ${pid}; { ${asBob} sleep 1000 7<>${path} >/dev/null 2>&1 & echo $! >${folderInside}/holder; }`);
  const writer = Number(world.root('cat', `${folderInside}/holder`));
  while (!world.root('cat', `/proc/${writer}/comm`).startsWith('sleep'));
  const writersOf = ({ writers, hiddenWriters }: HolderList) => [
    writers.map((process) => [process.pid, process.uses.map(({ kind, mode }) => [kind, mode])]),
    hiddenWriters,
  ];
  const own = await alice.succeed('holders/list', { ...target, others: 'leave-out' });
  const counted = await alice.succeed('holders/list', { ...target, others: 'count' });
  // They keep nobody from detaching.
  expect([writersOf(own), writersOf(counted), counted.hiddenProcesses]).toEqual([[[], 0], [[], 1], 0]);
  await world.agent(alice, 'approve');
  const named = await alice.succeed('holders/list', { ...target, others: 'name' });
  expect(writersOf(named)).toEqual([[[writer, [['open', 'read-write']]]], 0]);
});

test('are told to another user as far as he could look himself, and no further', async () => {
  const { target, pid } = await stage();
  const bob = await started('bob');
  const own = await bob.succeed('holders/list', { ...target, others: 'leave-out' });
  expect(usersOf(own).map(([found]) => found)).toEqual([pid]);
  for (const others of ['count', 'name'] as const) {
    expect(await bob.codeOf('holders/list', { ...target, others })).toBe('AUTHORIZATION_UNAVAILABLE');
  }
});

test('are closed for the owner of the device when an administrator approves, and for nobody else', async () => {
  const { alice, target, pid } = await stage();
  const startTime = world.root('cat', `/proc/${pid}/stat`).split(' ')[21] ?? '';
  const close = { ...target, pid, startTime, signal: 'terminate' } as const;
  const bob = await started('bob');
  expect(await bob.codeOf('holders/close', close)).toBe('NOT_PERMITTED');
  expect(await alice.codeOf('holders/close', close)).toBe('AUTHORIZATION_UNAVAILABLE');
  const agent = await world.agent(alice, 'approve');
  // Not one that does not use the device, whoever approves.
  expect(await alice.codeOf('holders/close', { ...close, pid: bob.pid })).toMatch(/^PROCESS_(?:GONE|NOT_HOLDER)$/u);
  await agent.question();
  expect(world.root('cat', `/proc/${pid}/comm`)).toBe('sleep\n');
  expect(await alice.codeOf('holders/close', close)).toBe('done');
  const question = await agent.question();
  expect(question.action).toBe('org.platter.holders-close-others');
  expect(question.message).toContain('sleep');
  while ((await alice.succeed('holders/list', { ...target, others: 'count' })).hiddenProcesses > 0);
});
