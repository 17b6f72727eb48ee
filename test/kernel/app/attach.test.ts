/** What a window asks for when it attaches, and what then is true of the kernel. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AttachOptions } from '../../../electron/ipc/methods.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import {
  attach,
  call,
  defaults,
  device,
  failure,
  folder,
  helperPid,
  idOf,
  makeImage,
  MIB,
  ownDevices,
  state,
  until,
  useApp,
} from './app-fixture.ts';

const app = useApp();

describe('the application as root', () => {
  test('is ready without asking and shows what others attach, without being told', async () => {
    expect(await state()).toMatchObject({ actions: { kind: 'ready' }, list: { kind: 'live' } });
    const path = makeImage();
    const node = execFileSync('losetup', ['-f', '--show', path], { encoding: 'utf8' }).trim();
    const shown = await device(Number(node.slice('/dev/loop'.length)));
    expect(shown).toMatchObject({ backingFile: { text: path }, sizeBytes: `${MIB}`, readOnly: false });
    expect(shown.identity?.inode).toBe(`${statSync(path).ino}`);
    execFileSync('losetup', ['-d', node]);
    await until(async () => !(await state()).devices.some((one) => one.diskseq === shown.diskseq));
  });

  test('attaches a file, shows the device and knows the file again', async () => {
    const path = makeImage();
    const range = { offsetBytes: toDecimal(4096), sizeLimitBytes: toDecimal(8192) };
    const outcome = await attach(path, range);
    expect(outcome).toEqual({
      device: outcome.device,
      diskseq: (await device(outcome.device)).diskseq,
      outcome: 'attached',
      readOnlyReason: null,
      warnings: [],
      mounts: [],
      mountFailures: [],
    });
    expect(await device(outcome.device)).toMatchObject({ ...range, sizeBytes: '8192', ownership: 'own' });
    expect(await call('images/describe', { image: idOf(path) })).toMatchObject({ attachedAs: [outcome.device] });
    expect(await attach(path, range)).toMatchObject({ device: outcome.device, outcome: 'already-attached' });
    expect(ownDevices()).toHaveLength(1);
  });

  test('attaches read-only when asked and says so', async () => {
    const outcome = await attach(makeImage(), { readOnly: true });
    expect(outcome).toMatchObject({ outcome: 'attached', readOnlyReason: 'requested' });
    expect(readFileSync(`/sys/block/loop${outcome.device}/ro`, 'utf8')).toBe('1\n');
  });

  test('attaches a running program read-only and says why', async () => {
    const program = join(folder, 'program');
    execFileSync('cp', ['/bin/sleep', program]);
    const child = spawn(program, ['1000'], { stdio: 'ignore' });
    await new Promise((resolve) => void child.once('spawn', resolve));
    try {
      const outcome = await attach(program);
      expect(outcome).toMatchObject({ outcome: 'attached', readOnlyReason: 'running' });
      expect(readFileSync(`/sys/block/loop${outcome.device}/ro`, 'utf8')).toBe('1\n');
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('attaches the files of a command line as the settings say and leaves a notice for each', async () => {
    const path = makeImage();
    await app.openFiles([path, join(folder, 'missing.img'), `file://${path}`]);
    const { notices } = await state();
    expect(notices).toMatchObject([
      {
        image: { name: path.slice(folder.length + 1), folder },
        outcome: { kind: 'attached', readOnlyReason: 'requested', mounts: [], nothingToMount: true },
      },
      { image: { name: 'missing.img' }, outcome: { kind: 'failed', error: { code: 'FILE_NOT_FOUND' } } },
      { outcome: { kind: 'already-attached' } },
    ]);
    for (const notice of notices) await call('notices/dismiss', { notice: notice.id });
    expect((await state()).notices).toEqual([]);
  });
});

describe('bad files', () => {
  test('are refused with a code each; nothing is attached or left open and the helper goes on', async () => {
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const cases: [string, string][] = [
      [join(folder, 'gone.img'), 'FILE_NOT_FOUND'],
      [makeImage(0), 'IMAGE_TOO_SMALL'],
      [makeImage(100), 'IMAGE_TOO_SMALL'],
      [join(folder, 'folder'), 'FILE_IS_FOLDER'],
      [join(folder, 'fifo'), 'FILE_NOT_REGULAR'],
      ['/dev/null', 'FILE_NOT_REGULAR'],
      ['/sys/kernel/uevent_seqnum', 'IMAGE_PSEUDO_FILE'],
    ];
    const pid = helperPid();
    const counts = (): readonly number[] => ['self', pid].map((one) => readdirSync(`/proc/${one}/fd`).length);
    const before = counts();
    for (const [path, code] of cases) {
      const error = await failure('devices/attach', { image: idOf(path), options: defaults });
      expect([path, error.code]).toEqual([path, code]);
    }
    expect(ownDevices()).toEqual([]);
    // Something may be open for a moment, at the beginning or now: the library is read and written meanwhile.
    await expect.poll(() => counts().map((count, index) => count <= (before[index] ?? 0))).toEqual([true, true]);
    expect(await attach(makeImage())).toMatchObject({ outcome: 'attached' });
    expect(helperPid()).toBe(pid);
  });

  test('with ranges and block sizes that do not fit are refused with the helper’s codes', async () => {
    const image = idOf(makeImage());
    const cases: [Partial<AttachOptions>, string][] = [
      [{ offsetBytes: toDecimal(2 * MIB) }, 'OFFSET_BEYOND_END'],
      [{ offsetBytes: toDecimal(7) }, 'OFFSET_UNALIGNED'],
      [{ sizeLimitBytes: toDecimal(2 * MIB) }, 'SIZE_LIMIT_BEYOND_END'],
      [{ logicalBlockSizeBytes: 7 }, 'BLOCK_SIZE_INVALID'],
      [{ logicalBlockSizeBytes: 256 }, 'BLOCK_SIZE_INVALID'],
    ];
    for (const [options, code] of cases) {
      const error = await failure('devices/attach', { image, options: { ...defaults, ...options } });
      expect([options, error.code]).toEqual([options, code]);
    }
    for (const options of [{ offsetBytes: '9223372036854775808' }, { logicalBlockSizeBytes: 2 ** 32 + 512 }, { offsetBytes: '-1' }]) {
      expect((await failure('devices/attach', { image, options: { ...defaults, ...options } as AttachOptions })).code).toBe('INVALID_CALL');
    }
    expect(ownDevices()).toEqual([]);
  });

  test('cannot be named unless the window was given them', async () => {
    expect((await failure('devices/attach', { image: 'ab'.repeat(16), options: defaults })).code).toBe('FILE_UNKNOWN');
  });
});
