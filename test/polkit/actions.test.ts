/**
 * What polkit is asked for each action, and what follows from each answer: real polkitd, the helper as installed, real loop devices.
 * SECURITY.md (e) rows 31, 42 and 62 to 70; answers of pkcheck itself in test/unit/authorization/authorizer.test.ts.
 */
import { randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { attachOptions, zero } from './attach-options.ts';
import { useWorld } from './use-world.ts';
import { folderInside, installedFiles, users, type UserName } from './world.ts';
import type { UserProgram } from './world-programs.ts';

const { world, program, started } = await useWorld((inside) => {
  for (const user of ['alice', 'bob', 'carol'] as const) inside.setSession(user, 'active');
});

/** A new image of a user's own. */
function imageOf(user: Exclude<UserName, 'root'>, name = `${randomBytes(4).toString('hex')}.img`): { path: string; flags: string } {
  const path = `${folderInside}/home/${user}/${name}`;
  world.root('truncate', '-s', '1M', path);
  world.root('chown', user, path);
  return { path, flags: 'r+' };
}

describe('a session that is no longer active', () => {
  let alice: UserProgram;
  beforeEach(async () => {
    alice = await started('alice');
    world.setSession('alice', 'inactive');
  });

  test('is refused when nobody can be asked', async () => {
    expect(await alice.codeOf('devices/attach', attachOptions, imageOf('alice'))).toBe('AUTHORIZATION_UNAVAILABLE');
  });

  test.each([
    ['approve', 'done'],
    ['dismiss', 'AUTHORIZATION_DISMISSED'],
    ['fail', 'NOT_AUTHORIZED'],
  ] as const)('is asked once, and gets what the agent says (%s: %s)', async (mode, code) => {
    const agent = await world.agent(alice, mode);
    expect(await alice.codeOf('devices/attach', attachOptions, imageOf('alice', 'my.img'))).toBe(code);
    const question = await agent.question();
    expect(question.action).toBe('org.platter.loop-setup');
    expect(question.message).toContain('my.img');
    expect(agent.others).toEqual([]);
    await agent.stop();
  });

  test('is told when another question is still open, and can withdraw that one', async () => {
    const agent = await world.agent(alice, 'wait');
    const first = alice.codeOf('devices/attach', attachOptions, imageOf('alice'));
    await agent.question();
    expect(await alice.codeOf('devices/attach', attachOptions, imageOf('alice'))).toBe('AUTHORIZATION_BUSY');
    // hello was request 1 of this helper, the attach that waits is 2.
    expect(await alice.succeed('session/cancel', { request: 2 })).toBe(true);
    expect(await first).toBe('CANCELLED');
    await agent.cancelled();
    await agent.stop();
  });

  test('leaves no question open when its program ends', async () => {
    const agent = await world.agent(alice, 'wait');
    const waiting = alice.codeOf('devices/attach', attachOptions, imageOf('alice')).catch(() => 'ended');
    await agent.question();
    await alice.end();
    expect(await waiting).toBe('ended');
    await agent.cancelled();
    await agent.stop();
  });

  test('shows an agent nothing of a file name that could steer it', async () => {
    const agent = await world.agent(alice, 'dismiss');
    const name = 'a\u001B[31m\n$(device)<b>&\u202Egpj.img';
    await alice.codeOf('devices/attach', attachOptions, imageOf('alice', name));
    const { message } = await agent.question();
    expect(message).toContain('a\uFFFD[31m\uFFFD\uFFFD(device)\uFFFDb\uFFFD\uFFFD\uFFFDgpj.img');
    await agent.stop();
  });
});

test('a file that she may only write to is not attached, and so not read', async () => {
  const alice = await started('alice');
  const path = `${folderInside}/home/alice/drop-box`;
  world.rootShell(`head -c 1M /dev/zero >${path}; chown root:root ${path}; chmod 222 ${path}`);
  expect(await alice.codeOf('devices/attach', { ...attachOptions, readOnly: false }, { path, flags: 'r+' }).catch(() => 'not opened')).toBe(
    'not opened',
  );
  const { O_WRONLY } = constants;
  expect(await alice.codeOf('devices/attach', attachOptions, { path, flags: O_WRONLY })).toBe('IMAGE_WRITE_ONLY');
  expect(world.rootShell(`losetup -n -O NAME -j ${path}`)).toBe('');
});

describe('a block device as image', () => {
  test('needs an administrator, also in an active session', async () => {
    const alice = await started('alice');
    const image = imageOf('alice');
    const own = await alice.succeed('devices/attach', { ...attachOptions, readOnly: false }, image);
    const node = `/dev/loop${own.device.number}`;
    // Alice gets a way to open it, as an administrator could have given her.
    world.root('setpriv', '--clear-groups', 'mknod', '-m', '644', `${folderInside}/node`, 'b', '7', String(own.device.number));
    world.root('mount', '-o', 'remount,dev', '/run');
    const file = { path: `${folderInside}/node`, flags: 'r' };
    expect(await alice.codeOf('devices/attach', attachOptions, file)).toBe('AUTHORIZATION_UNAVAILABLE');
    const agent = await world.agent(alice, 'approve');
    expect(await alice.codeOf('devices/attach', attachOptions, file)).toBe('done');
    expect((await agent.question()).action).toBe('org.platter.loop-setup-special');
    await agent.stop();
    world.root('rm', `${folderInside}/node`);
    expect(node).toMatch(/^\/dev\/loop\d+$/u);
  });
});

describe('a device of another user', () => {
  /** Alice has attached an image, and Bob sees it. */
  async function bobSees(): Promise<{ alice: UserProgram; bob: UserProgram; target: { device: number; diskseq: typeof zero } }> {
    const alice = await started('alice');
    const bob = await started('bob');
    const { device } = await alice.succeed('devices/attach', { ...attachOptions, readOnly: false }, imageOf('alice', 'hers.img'));
    return { alice, bob, target: { device: device.number, diskseq: device.diskseq } };
  }

  test('shows him what sysfs shows everybody, and whose it is', async () => {
    const { alice, bob, target } = await bobSees();
    const seen = async (program: UserProgram) =>
      (await program.succeed('devices/list', {})).devices.find(({ number }) => number === target.device);
    expect(await seen(alice)).toMatchObject({ ownership: 'own' });
    expect((await seen(alice))?.identity).not.toBeNull();
    expect(await seen(bob)).toMatchObject({ ownership: 'other-user', identity: null, reference: null });
  });

  test('cannot be touched by him when nobody can be asked', async () => {
    const { alice, bob, target } = await bobSees();
    const partition = { action: 'add', partition: 1, startBytes: zero, sizeBytes: zero, ...target } as const;
    const codes = {
      detach: await bob.codeOf('devices/detach', { ...target, whenFree: false }),
      set: await bob.codeOf('devices/set', { ...target, changes: { autoclear: true } }),
      capacity: await bob.codeOf('devices/set-capacity', target),
      rescan: await bob.codeOf('devices/rescan', target),
      partition: await bob.codeOf('devices/set-partition', partition),
      view: await bob.codeOf('devices/kernel-view', target),
      change: await bob.codeOf('devices/change-backing-file', target, imageOf('bob')),
      mount: await bob.codeOf('mounts/mount', mountParams(target)),
    };
    const unavailable = 'AUTHORIZATION_UNAVAILABLE';
    expect(codes).toEqual({
      detach: unavailable,
      set: unavailable,
      capacity: unavailable,
      rescan: unavailable,
      partition: unavailable,
      view: unavailable,
      change: 'NOT_PERMITTED',
      mount: unavailable,
    });
    expect((await alice.succeed('devices/list', {})).devices).toContainEqual(expect.objectContaining({ number: target.device }));
  });

  test('is detached by him when an administrator approves; the question and the log name both', async () => {
    const { bob, target } = await bobSees();
    const agent = await world.agent(bob, 'approve');
    expect(await bob.succeed('devices/detach', { ...target, whenFree: false })).toEqual({ state: 'detached' });
    const question = await agent.question();
    expect(question.action).toBe('org.platter.loop-delete-others');
    expect(question.message).toContain(`loop${target.device}`);
    expect(question.message).toContain('hers.img');
    await agent.stop();
    const lines = await bob.stopHelper();
    expect(JSON.parse(lines.find((line) => line.includes('"devices/detach"')) ?? '{}')).toMatchObject({
      event: 'action',
      uid: users.bob,
      ownerUid: users.alice,
      mainPid: bob.pid,
      device: target.device,
      outcome: 'done',
    });
  });

  test('an approval is kept for his program, and for none of anybody else', async () => {
    const { bob, target } = await bobSees();
    const agent = await world.agent(bob, 'approve');
    expect(await bob.codeOf('devices/set-capacity', target)).toBe('done');
    await agent.question();
    await agent.stop();
    expect(await bob.codeOf('devices/set-capacity', target)).toBe('done');
    const other = await started('bob');
    expect(await other.codeOf('devices/set-capacity', target)).toBe('AUTHORIZATION_UNAVAILABLE');
  });

  test('is refused like one of nobody: of root, unbound, or not there', async () => {
    const bob = await started('bob');
    const path = `${folderInside}/of-root.img`;
    const node = world.rootShell(`truncate -s 1M ${path}; losetup -f --show ${path}`).trim();
    const number = Number(node.slice('/dev/loop'.length));
    const diskseq = world.root('cat', `/sys/block/loop${number}/diskseq`).trim();
    const codeOf = async (target: object): Promise<string> => bob.codeOf('devices/detach', { whenFree: false, ...target } as never);
    expect(await codeOf({ device: number, diskseq })).toBe('AUTHORIZATION_UNAVAILABLE');
    expect(await codeOf({ device: number, diskseq: '1' })).toBe('STALE_DEVICE');
    expect(await codeOf({ device: 1_048_575, diskseq })).toBe('NO_SUCH_DEVICE');
    expect(world.rootShell(`losetup -n -O BACK-FILE ${node}`).trim()).toBe(path);
    world.root('losetup', '-d', node);
    const agent = await world.agent(bob, 'approve');
    expect(await codeOf({ device: number, diskseq })).toBe('STALE_DEVICE');
    expect(agent.others).toEqual([]);
    await agent.stop();
  });

  test('nobody is asked about a device that was attached anew', async () => {
    const { alice, bob, target } = await bobSees();
    const agent = await world.agent(bob, 'approve');
    await alice.succeed('devices/detach', { ...target, whenFree: false });
    expect(await bob.codeOf('devices/detach', { ...target, whenFree: false })).toBe('STALE_DEVICE');
    expect(agent.others).toEqual([]);
    await agent.stop();
  });
});

describe('nodes', () => {
  test('cannot be added by a user whom nobody can ask', async () => {
    const alice = await started('alice');
    expect(await alice.codeOf('nodes/add', { device: null })).toBe('AUTHORIZATION_UNAVAILABLE');
    expect(await alice.codeOf('nodes/find-free', {})).toBe('AUTHORIZATION_UNAVAILABLE');
  });
});

test('polkit knows the actions of the policy file with their defaults', () => {
  const shown = world.rootShell("pkaction --verbose | sed -n '/^org.platter/,/^$/p'").split('\n\n').filter(Boolean);
  const table = shown.map((text) => {
    const implicit = (who: string): string => new RegExp(`implicit ${who}: +(.*)`, 'u').exec(text)?.[1] ?? '';
    return [text.slice('org.platter.'.length, text.indexOf(':')), `${implicit('any')} ${implicit('inactive')} ${implicit('active')}`];
  });
  const others = 'auth_admin auth_admin auth_admin_keep';
  expect(Object.fromEntries(table)).toEqual({
    'helper.run': 'auth_admin auth_admin yes',
    'loop-setup': 'auth_admin auth_admin yes',
    'loop-setup-special': 'auth_admin auth_admin auth_admin',
    'loop-modify-others': others,
    'loop-delete-others': others,
    'loop-nodes': others,
    'filesystem-mount': 'auth_admin auth_admin yes',
    'filesystem-mount-uncommon': others,
    'filesystem-mount-others': others,
    'filesystem-unmount-others': others,
    'holders-close-others': 'auth_admin auth_admin auth_admin',
  });
});

test('an administrator turns questions on by the rule of the README', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const rule = /^polkit\.addRule\([^]*?^\}\);$/mu.exec(readme)?.[0] ?? '';
  const file = '/usr/share/polkit-1/rules.d/40-platter.rules';
  const alice = await started('alice');
  const attach = (): Promise<string> => alice.codeOf('devices/attach', attachOptions, imageOf('alice'));
  expect(await attach()).toBe('done');
  world.write(file, rule);
  try {
    // polkitd notices by itself, but not at once; and again at the end.
    await expect.poll(attach, { timeout: 20_000 }).toBe('AUTHORIZATION_UNAVAILABLE');
    const agent = await world.agent(alice, 'approve');
    expect(await attach()).toBe('done');
    expect((await agent.question()).action).toBe('org.platter.loop-setup');
    await agent.stop();
  } finally {
    world.root('rm', file);
  }
  const other = await started('alice');
  await expect.poll(() => other.codeOf('devices/attach', attachOptions, imageOf('alice')), { timeout: 20_000 }).toBe('done');
});

describe('when polkit does not answer', () => {
  test('nothing is allowed but what needs no question', async () => {
    const alice = await started('alice');
    const { device } = await alice.succeed('devices/attach', attachOptions, imageOf('alice'));
    const service = '/usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service';
    world.rootShell(
      `mount --bind /dev/null ${service}; dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig; kill -9 $(pidof polkitd)`,
    );
    try {
      expect(await alice.codeOf('devices/attach', attachOptions, imageOf('alice'))).toBe('AUTHORIZATION_UNAVAILABLE');
      expect(await alice.codeOf('devices/detach', { device: device.number, diskseq: device.diskseq, whenFree: false })).toBe('done');
      const bob = await program('bob');
      expect((await bob.start(installedFiles)).kind).toBe('denied');
      const root = await program('root');
      expect((await root.start({ ...installedFiles }, true)).kind).toBe('ready');
      expect(await root.codeOf('devices/attach', attachOptions, imageOf('alice'))).toBe('done');
    } finally {
      world.rootShell(
        `umount ${service}; dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig`,
      );
    }
  });
});

function mountParams(target: { device: number; diskseq: typeof zero }) {
  return { ...target, partition: null, fileSystemType: 'ext4', readOnly: true, label: 'x', detachWhenUnmounted: false };
}
