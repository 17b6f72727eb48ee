/** Who uses a device, and detaching it all the same, on the command line: the built program, the real helper, real users of devices. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import type { HolderList } from '../../../native-helper/protocol/holders.ts';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { commandsIn, errorOf } from './commands-fixture.ts';
import { installForEverybody, platter, platterScript, type Outcome } from './command.ts';
import { makeExt4, MIB, mountPointsOf, useMounts, type MountOutput } from './mounting-fixture.ts';

const fixture = useLoopFixture();
const { run, json, attach } = commandsIn(fixture);
const programs: ChildProcess[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await end(program);
});
useMounts(fixture);

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = new Promise((resolve) => void program.once('exit', resolve));
  program.kill('SIGKILL');
  await ended;
}

/** What ended it. */
async function signalOf(program: ChildProcess): Promise<string | null> {
  if (program.exitCode === null && program.signalCode === null) await new Promise((resolve) => void program.once('exit', resolve));
  return program.signalCode;
}

/** A mounted image; `platter attach` and then `mount`, so that the device stays when it is unmounted. */
function mountNew(name: string): { readonly number: number; readonly node: string; readonly path: string } {
  makeExt4(fixture, name, `holders-${process.pid}`);
  const { number, node } = attach(name);
  const { results } = json<MountOutput>('mount', node);
  return { number, node, path: results[0]?.mountPoint.text ?? '' };
}

/** Something that works in a folder until it is told to end; has started when this resolves. */
async function workIn(folder: string, script = 'exec sleep 600', options: { uid?: number; gid?: number } = {}): Promise<ChildProcess> {
  const program = spawn('sh', ['-c', `echo here; ${script}`], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], ...options });
  programs.push(program);
  await new Promise((resolve) => void program.stdout?.once('data', resolve));
  return program;
}

/** Runs a command without waiting for it. */
function start(...words: string[]): { readonly process: ChildProcess; readonly outcome: Promise<Outcome> } {
  const child = spawn(projectNode, [platterScript, ...words], { cwd: fixture.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  return {
    process: child,
    outcome: new Promise((resolve) => void child.once('close', (status) => resolve({ status, stdout, stderr }))),
  };
}

describe('platter holders', () => {
  test('prints who uses a device as a tree and as JSON', async () => {
    const { number, node, path } = mountNew('disk.img');
    const { pid } = await workIn(path);
    const { stdout } = run('holders', 'disk.img');
    expect(
      stdout
        .split('\n')
        .slice(0, 3)
        .map((line) => line.replace(`(${pid})`, '(PID)')),
    ).toEqual([
      `${node}  ${fixture.folder}/disk.img`,
      expect.stringMatching(`^(?:├─|└─|\\xe2\\x94[\\x9c\\x94]\\xe2\\x94\\x80) ${path}  ext4$`),
      expect.stringContaining('(PID), root: works in .'),
    ]);
    // Root has been told everything.
    expect(stdout).not.toContain('--names');
    const list = json<HolderList & { node: string; free: boolean }>('holders', node);
    expect(list).toMatchObject({ node, free: false, root: { name: `loop${number}`, mounts: [{ mountPoint: { text: path } }] } });
    expect(errorOf(run('holders', 'nothing-of-that-name', '--json')).code).toBe('NO_SUCH_DEVICE');
  });

  test('tells an ordinary user of his own programs, and how many he may not look into', async () => {
    const program = installForEverybody(fixture.folder);
    const { node, path } = mountNew('shared.img');
    chmodSync(path, 0o755);
    execFileSync('setfacl', ['-m', 'u:nobody:rx', '/run/media/root']);
    try {
      const own = await workIn(path, 'exec sleep 600', { uid: 65_534, gid: 65_534 });
      const others = await workIn(path);
      const { stdout } = platter(['holders', node, '--json'], { asNobody: true, program });
      const list = JSON.parse(stdout) as HolderList;
      expect(list.root.mounts[0]?.processes.map(({ pid }) => pid)).toEqual([own.pid]);
      expect([list.hiddenProcesses, list.unreadableProcesses > 0, stdout.includes(`"pid":${others.pid},`)]).toEqual([0, true, false]);
      expect(platter(['holders', node], { asNobody: true, program }).stdout).toMatch(
        /process(?:es)? could not be looked into.*--names asks/u,
      );
    } finally {
      execFileSync('setfacl', ['-x', 'u:nobody', '/run/media/root']);
    }
  });
});

describe('platter detach', () => {
  test('unmounts what Platter mounted, and says so', () => {
    const { number, node, path } = mountNew('disk.img');
    expect(run('detach', 'disk.img')).toMatchObject({ status: 0, stdout: `${node}: unmounted ${path}, detached\n`, stderr: '' });
    expect([mountPointsOf([number]), isBound(number)]).toEqual([[], false]);
  });

  test('leaves what is in use as it is, says by whom, status 4', async () => {
    const { number, node, path } = mountNew('disk.img');
    const { pid } = await workIn(path);
    const told = run('detach', node);
    expect([told.status, told.stderr]).toEqual([4, expect.stringContaining(`(${pid}), root: works in .`)]);
    const asJson = run('detach', node, '--json');
    expect([asJson.status, errorOf(asJson).code, JSON.parse(asJson.stdout)]).toEqual([
      4,
      'MOUNT_BUSY',
      { results: [{ node, state: 'busy', holders: expect.objectContaining({ hiddenProcesses: 0 }) as unknown }] },
    ]);
    expect(mountPointsOf([number])).toEqual([path]);
    expect(run('detach', node, '--wait', '0').status).toBe(4);
  });

  test('waits for the last user and finishes by itself', async () => {
    const { number, node, path } = mountNew('disk.img');
    const program = await workIn(path);
    const { outcome } = start('detach', node, '--wait');
    await end(program);
    expect(await outcome).toMatchObject({ status: 0, stdout: `${node}: unmounted ${path}, detached\n` });
    expect(isBound(number)).toBe(false);
  });

  test('is done when the last user lets the kernel detach it', async () => {
    fixture.makeImage('disk.img', MIB);
    const { number, node } = attach('disk.img');
    const holder = spawn('sh', ['-c', `exec <${node}; exec sleep 600`], { stdio: 'ignore' });
    programs.push(holder);
    await waitFor('the holder', () => readFileSync(`/proc/${holder.pid}/cmdline`, 'latin1').startsWith('sleep'));
    // On a terminal it says that it waits.
    const command = `'${projectNode}' '${platterScript}' detach ${node} --wait`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'ignore'] });
    programs.push(terminal);
    let said = '';
    terminal.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const status = new Promise((resolve) => void terminal.once('close', resolve));
    await waitFor('the message', () => said.includes('Waiting to detach'));
    // In use, it goes with its last user.
    execFileSync('losetup', ['-d', node]);
    await end(holder);
    expect(await status).toBe(0);
    expect(said).toContain(`${node}: detached`);
    expect(isBound(number)).toBe(false);
  });

  test('gives up waiting when it is interrupted, and nothing has changed', async () => {
    const { number, node, path } = mountNew('disk.img');
    await workIn(path);
    const { process: waiting, outcome } = start('detach', node, '--wait');
    await waitFor(
      'the helper of the command',
      () => readFileSync(`/proc/${waiting.pid}/task/${waiting.pid}/children`, 'utf8').trim() !== '',
    );
    waiting.kill('SIGINT');
    expect((await outcome).status).not.toBe(0);
    expect([mountPointsOf([number]), isBound(number)]).toEqual([[path], true]);
  });

  test('closes the programs, and by force only those that do not end', async () => {
    const { number, node, path } = mountNew('disk.img');
    const gentle = await workIn(path);
    expect(run('detach', node, '--close-programs')).toMatchObject({ status: 0, stdout: `${node}: unmounted ${path}, detached\n` });
    expect(await signalOf(gentle)).toBe('SIGTERM');
    const again = mountNew('other.img');
    const stubborn = await workIn(again.path, 'trap "" TERM; exec sleep 600');
    const { outcome } = start('detach', again.node, '--kill');
    expect(await outcome).toMatchObject({ status: 0, stdout: `${again.node}: unmounted ${again.path}, detached\n` });
    expect([await signalOf(stubborn), isBound(number), isBound(again.number)]).toEqual(['SIGKILL', false, false]);
  });

  test('never ends the shell that runs it', async () => {
    const { number, node, path } = mountNew('disk.img');
    const script = `cd '${path}' && '${projectNode}' '${platterScript}' detach ${node} --close-programs --wait 1; echo "status $?"`;
    // The first wait is for its own end; what it closes would be its parent.
    const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    programs.push(shell);
    let stdout = '';
    shell.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    await new Promise((resolve) => void shell.once('close', resolve));
    expect([stdout, isBound(number)]).toEqual(['status 4\n', true]);
  });

  test('detaches a hundred at once, with a result for each', () => {
    const images = Array.from({ length: 100 }, (_, index) => `many-${index}.img`);
    for (const image of images) fixture.makeImage(image, MIB);
    const { results } = json<{ results: { device: { number: number; node: string } }[] }>('attach', ...images);
    for (const { device } of results) fixture.adopt(device.number);
    const nodes = results.map(({ device }) => device.node);
    const { results: ended } = json<{ results: { node: string; state: string }[] }>('detach', ...images);
    expect(ended.map(({ node, state }) => `${node} ${state}`).toSorted()).toEqual(nodes.map((node) => `${node} detached`).toSorted());
    expect(fixture.census()).toEqual([]);
  });

  test('refuses words that do not go together', () => {
    const wrong = [
      ['detach'],
      ['detach', '--all-mine', 'loop0'],
      ['detach', 'loop0', '--wait', 'soon'],
      ['detach', 'loop0', '--when-free', '--kill'],
    ];
    expect(wrong.map((words) => run(...words).status)).toEqual([2, 2, 2, 2]);
  });
});
