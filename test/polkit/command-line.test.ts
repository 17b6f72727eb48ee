/** The command line as an ordinary user runs it on an installed system: real polkitd and pkexec, with and without somebody to ask. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { INSTALLED_FOLDER } from '../../electron/helper/helper-paths.ts';
import { folderInside, installedFiles, users, World, type Finished } from './world.ts';

const home = `${folderInside}/home/alice`;
const program = '/usr/lib/platter/cli';
const platter = [installedFiles.node, `${program}/platter.js`] as const;
let world: World;

beforeAll(async () => {
  world = await World.create();
  // As a package has it: beside the helper, not in a checkout whose own helper would be taken.
  world.rootShell(`cp -r ${folderInside}/checkout/dist/cli ${program}; ln -s ../helper/node_modules ${program}/node_modules
    install -m 644 ${folderInside}/checkout/dist/image-worker/worker.js ${INSTALLED_FOLDER}/image-worker.js`);
});
afterEach(() => {
  world.setSession('alice', 'active');
  world.rootShell(`for d in $(losetup -n -O NAME,BACK-FILE | awk '$2 ~ "^${folderInside}/home" { print $1 }'); do losetup -d $d; done`);
});
afterAll(() => world.destroy());

function imageOf(user: 'alice' | 'bob'): string {
  const path = `${folderInside}/home/${user}/${randomBytes(4).toString('hex')}.img`;
  world.root('truncate', '-s', '1M', path);
  world.root('chown', user, path);
  return path;
}

function run(...arguments_: readonly string[]): Promise<Finished> {
  return world.run('alice', ...platter, ...arguments_);
}

/** The code of the failure that --json prints. */
function codeOf({ stderr }: Finished): string {
  return (JSON.parse(stderr) as { error: { code: string } }).error.code;
}

/** Runs a command that waits until an agent for its very process is there. */
async function runWithAgent(mode: 'approve' | 'dismiss' | 'fail', ...arguments_: readonly string[]): Promise<Finished> {
  const name = `${home}/${randomBytes(4).toString('hex')}`;
  const waiting = `echo $$ >${name}.tmp; mv ${name}.tmp ${name}.pid; until [ -e ${name}.go ]; do sleep 0.05; done; exec "$@"`;
  const finished = world.run('alice', 'bash', '-c', waiting, 'bash', ...platter, ...arguments_);
  const pid = world.rootShell(`until [ -e ${name}.pid ]; do sleep 0.05; done; cat ${name}.pid`);
  const agent = await world.agent({ pid: Number(pid), uid: users.alice }, mode);
  world.root('touch', `${name}.go`);
  try {
    return await finished;
  } finally {
    await agent.stop();
  }
}

describe('somebody at the screen', () => {
  test('attaches, sees as own, and detaches without a question', async () => {
    const image = imageOf('alice');
    const attached = await run('attach', image, '--json');
    expect([attached.status, attached.stderr]).toEqual([0, '']);
    const { results } = JSON.parse(attached.stdout) as {
      results: { device: { node: string; ownership: string; identity: object | null } }[];
    };
    const device = results[0]?.device;
    expect(device?.ownership).toBe('own');
    expect(device?.identity).not.toBeNull();
    expect(await run('detach', image)).toEqual({ status: 0, stdout: `${device?.node}: detached\n`, stderr: '' });
  });

  test('uses losetup without root', async () => {
    const image = imageOf('alice');
    const attached = await run('losetup', '-f', '--show', image);
    expect([attached.status, attached.stderr]).toEqual([0, '']);
    expect((await run('losetup', '-j', image)).stdout).toBe(`${attached.stdout.trim()}: []: (${image})\n`);
    expect(await run('losetup', '-d', attached.stdout.trim())).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('finds an own device by its reference name, which only root can read', async () => {
    expect((await run('attach', imageOf('alice'), '--reference', 'my-backup')).status).toBe(0);
    expect((await run('detach', 'my-backup')).stdout).toMatch(/^\/dev\/loop\d+: detached\n$/u);
  });

  test('detaches all of theirs and nothing else, with a result for each', async () => {
    const images = [imageOf('alice'), imageOf('alice'), imageOf('alice')];
    const [plain = '', mounted = '', held = ''] = images;
    world.rootShell(`truncate -s 16M ${mounted}; mkfs.ext4 -q -L alls ${mounted}`);
    for (const image of [plain, held]) expect((await run('attach', image, '--read-only')).status).toBe(0);
    expect((await run('attach', mounted)).status).toBe(0);
    expect((await run('mount', mounted)).status).toBe(0);
    const bobs = world.rootShell(`losetup -f --show ${imageOf('bob')}`).trim();
    const nodeOf = (image: string): string => world.rootShell(`losetup -n -O NAME -j ${image}`).trim();
    const nodes = { plain: nodeOf(plain), mounted: nodeOf(mounted), held: nodeOf(held) };
    world.rootShell(`sleep 1000 <${nodes.held} >/dev/null 2>&1 & echo $! >${home}/holder`);
    try {
      const first = await run('detach', '--all-mine', '--json');
      const { results } = JSON.parse(first.stdout) as { results: { node: string; state: string; unmounted?: string[] }[] };
      const byNode = Object.fromEntries(results.map(({ node, state, unmounted }) => [node, [state, unmounted]]));
      expect(byNode).toEqual({
        [nodes.plain]: ['detached', undefined],
        [nodes.mounted]: ['detached', ['/run/media/alice/alls']],
        [nodes.held]: ['busy', undefined],
      });
      expect([first.status, codeOf(first), nodeOf(plain), nodeOf(mounted), nodeOf(held)]).toEqual([4, 'DEVICE_BUSY', '', '', nodes.held]);
    } finally {
      world.rootShell(`kill $(cat ${home}/holder)`);
    }
    expect(await run('detach', '--all-mine')).toEqual({ status: 0, stdout: `${nodes.held}: detached\n`, stderr: '' });
    expect(await run('detach', '--all-mine')).toEqual({ status: 0, stdout: 'nothing is attached by you\n', stderr: '' });
    expect(world.root('losetup', bobs)).toContain('/home/bob/');
    world.root('losetup', '-d', bobs);
  });

  test('does not detach what is not theirs', async () => {
    const node = world.rootShell(`losetup -f --show ${imageOf('bob')}`).trim();
    const refused = await run('detach', node, '--json');
    expect(refused.status).toBe(3);
    expect(await run('losetup', '-d', node)).toMatchObject({ status: 1, stdout: '' });
    expect(world.root('losetup', node)).toContain('.img');
    world.root('losetup', '-d', node);
  });
});

describe('a session that is not active', () => {
  test('with nobody to ask is status 3 and says how to go on', async () => {
    world.setSession('alice', 'inactive');
    const refused = await run('attach', imageOf('alice'), '--json');
    expect([refused.status, refused.stdout]).toEqual([3, '{"results":[]}\n']);
    expect(['ELEVATION_NO_AGENT', 'AUTHORIZATION_UNAVAILABLE']).toContain(codeOf(refused));
  });

  test('denied and dismissed are different sentences, both with status 3; approved works', async () => {
    world.setSession('alice', 'inactive');
    const image = imageOf('alice');
    const dismissed = await runWithAgent('dismiss', 'attach', image);
    const denied = await runWithAgent('fail', 'attach', image);
    expect([dismissed.status, denied.status]).toEqual([3, 3]);
    expect(dismissed.stderr).toContain('was dismissed');
    expect(denied.stderr).toContain('did not allow');
    const approved = await runWithAgent('approve', 'attach', image);
    expect([approved.status, approved.stderr]).toEqual([0, '']);
  });

  test('is asked for a password in its own terminal', async () => {
    world.setSession('alice', 'inactive');
    const log = `${home}/terminal.log`;
    const waitFor = (text: string): string => `until grep -q '${text}' ${log}; do sleep 0.05; done`;
    // Types when it is asked, and keeps the terminal open until the program has said how it went.
    const typing = `: >${log}; { ${waitFor('Password:')}; echo wrong; ${waitFor('platter:')}; }`;
    const command = [...platter, 'attach', imageOf('alice')].join(' ');
    const { stdout, status } = await world.run('alice', 'bash', '-c', `${typing} | script -qfec '${command}' ${log}`);
    expect(stdout).toContain('AUTHENTICATING FOR org.platter.helper.run');
    expect(stdout).toContain('The system did not allow the helper to start.');
    expect(status).toBe(3);
  });
});
