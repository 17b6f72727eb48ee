/** Each capability that the launcher keeps for this (build/launcher/platter-helper) is needed: without it a program of another user is not found, or not closed. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { readStartTime } from '../../../native-helper/linux/processes.ts';
import type { HolderDevice } from '../../../native-helper/protocol/holders.ts';
import { useLoopFixture } from '../loop-fixture.ts';

const script = fileURLToPath(new URL('holders-as.ts', import.meta.url));
const launcher = readFileSync(new URL('../../../build/launcher/platter-helper', import.meta.url), 'utf8');
const kept = /--bounding-set=-all(?<names>[,+a-z_]+)/u.exec(launcher)?.groups?.['names'] ?? '';
const NOBODY = 65_534;
const loop = useLoopFixture();
const undo: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

interface Told {
  readonly root: HolderDevice;
  readonly unreadable: number;
  readonly closed: string;
}

/** A file that somebody else has open, and what root finds of that with these capabilities. */
async function lookWith(
  capabilities: string,
): Promise<{ readonly uses: readonly string[]; readonly closed: string; readonly pid: number }> {
  const { number } = await loop.attach(loop.makeImage('image.img', 16 * 1024 * 1024));
  execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${number}`], { stdio: 'ignore' });
  const place = join(loop.folder, 'place');
  execFileSync('mkdir', ['-p', place]);
  execFileSync('mount', [`/dev/loop${number}`, place]);
  undo.push(() => void execFileSync('umount', [place]));
  for (const folder of [loop.folder, place]) chmodSync(folder, 0o755);
  writeFileSync(join(place, 'file'), 'x');
  const shell = ['-c', 'exec 7<file; echo here; exec sleep 600'];
  const program = spawn('sh', shell, { cwd: place, uid: NOBODY, gid: NOBODY, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => void program.once('exit', () => resolve()));
  undo.push(async () => {
    program.kill('SIGKILL');
    await ended;
  });
  await new Promise((resolve) => void program.stdout.once('data', resolve));
  const pid = program.pid ?? 0;
  const words = ['--inh-caps=-all', `--bounding-set=-all${capabilities}`, '--no-new-privs', '--', projectNode, script];
  const told = JSON.parse(
    execFileSync('setpriv', [...words, String(number), String(pid), String(readStartTime(pid))], { encoding: 'utf8' }),
  ) as Told;
  const uses = told.root.mounts.flatMap(({ processes }) => processes.flatMap((process) => process.uses.map(({ kind }) => kind)));
  return { uses, closed: told.closed, pid };
}

describe('a program of another user', () => {
  test('is found with all it uses, and closed, with what the launcher keeps', async () => {
    expect(
      kept
        .split(',')
        .filter((name) => name !== '')
        .toSorted(),
    ).toEqual(['+dac_read_search', '+kill', '+sys_admin', '+sys_ptrace', '+sys_resource'].toSorted());
    expect(await lookWith(kept)).toMatchObject({ uses: ['cwd', 'open'], closed: 'closed' });
  });

  test('is not found without CAP_SYS_PTRACE', async () => {
    expect(await lookWith(kept.replace(',+sys_ptrace', ''))).toMatchObject({ uses: [], closed: 'PROCESS_NOT_HOLDER' });
  });

  test('is not found without CAP_DAC_READ_SEARCH', async () => {
    expect(await lookWith(kept.replace(',+dac_read_search', ''))).toMatchObject({ uses: [], closed: 'PROCESS_NOT_HOLDER' });
  });

  test('is found but not closed without CAP_KILL', async () => {
    const told = await lookWith(kept.replace(',+kill', ''));
    expect(told).toMatchObject({ uses: ['cwd', 'open'], closed: 'KERNEL_REFUSED 1' });
    expect(readStartTime(told.pid)).not.toBeNull();
  });
});
