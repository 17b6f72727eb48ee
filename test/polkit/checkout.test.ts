/** An ordinary user with a checkout, on a machine where nothing of Platter is installed: pkexec's own question, and then it works. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attachOptions } from './attach-options.ts';
import { checkoutInside, folderInside, users, World } from './world.ts';

let world: World;
const files = { node: `${checkoutInside}/node_modules/node/bin/node`, script: `${checkoutInside}/native-helper/main.ts`, launcher: null };

beforeAll(async () => {
  world = await World.create();
  world.rootShell('rm -r /usr/share/polkit-1/actions/org.platter.policy /usr/share/polkit-1/rules.d/49-org.platter.rules');
  world.rootShell(
    `umount /usr/lib/platter/helper/node /usr/lib/platter/helper/node_modules/koffi /usr/lib/platter/helper/node_modules/@koromix`,
  );
  world.rootShell('rm -r /usr/lib/platter');
});
afterAll(() => {
  world.detachAll();
  return world.destroy();
});

test('an administrator is asked once, about running the program, and attaching and detaching work', async () => {
  const alice = await world.user('alice');
  const agent = await world.agent(alice, 'approve');
  expect(await alice.start(files)).toMatchObject({ kind: 'ready', hello: { mode: 'elevated', uid: users.alice } });
  expect((await agent.question()).action).toBe('org.freedesktop.policykit.exec');
  await agent.stop();
  const path = `${folderInside}/home/alice/disk.img`;
  world.rootShell(`truncate -s 4M ${path}; chown ${users.alice} ${path}`);
  const { device } = await alice.succeed('devices/attach', { ...attachOptions, readOnly: false, autoclear: false }, { path, flags: 'r+' });
  const target = { device: device.number, diskseq: device.diskseq };
  expect(await alice.succeed('devices/detach', { ...target, whenFree: false })).toEqual({ state: 'detached' });
  await alice.end();
});

test('without an approval there is no helper', async () => {
  const alice = await world.user('alice');
  expect((await alice.start(files)).kind).toBe('no-agent');
  await alice.end();
});
