/** Growing an attached device from the window, also when it fails half way. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Reply } from '../../../electron/ipc/errors.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { attach, call, device, folder, helperPid, makeImage, MIB, reply, state, until, useApp } from './app-fixture.ts';

useApp();

async function grow(number: number, sizeBytes: number | bigint): Promise<Reply<LoopDevice>> {
  const { diskseq } = await device(number);
  return reply('devices/grow', { device: number, diskseq, sizeBytes: toDecimal(sizeBytes) });
}

describe('growing', () => {
  test.each([
    ['writable', {}, 4 * MIB],
    ['read-only', { readOnly: true }, 4 * MIB],
    ['moved', { offsetBytes: toDecimal(4096) }, 4 * MIB + 4096],
    ['limited', { sizeLimitBytes: toDecimal(65_536) }, 4 * MIB],
  ] as const)('a %s device makes its file longer and takes the new size over', async (_kind, options, fileBytes) => {
    const path = makeImage();
    const { device: number } = await attach(path, options);
    expect(await grow(number, 4 * MIB)).toMatchObject({ ok: true, value: { number, sizeBytes: `${4 * MIB}` } });
    expect([statSync(path).size, statSync(path).blocks]).toEqual([fileBytes, 0]);
    expect(readFileSync(`/sys/block/loop${number}/size`, 'utf8')).toBe(`${(4 * MIB) / 512}\n`);
  });

  test('a device with a limit inside a longer file moves the limit and leaves the file', async () => {
    const path = makeImage(8 * MIB);
    const { device: number } = await attach(path, { sizeLimitBytes: toDecimal(MIB) });
    expect(await grow(number, 2 * MIB)).toMatchObject({ ok: true, value: { sizeBytes: `${2 * MIB}`, sizeLimitBytes: `${2 * MIB}` } });
    expect(statSync(path).size).toBe(8 * MIB);
  });

  test('twice at once goes one after the other', async () => {
    const path = makeImage();
    const { device: number } = await attach(path);
    const replies = await Promise.all([grow(number, 8 * MIB), grow(number, 4 * MIB)]);
    expect(replies).toMatchObject([{ ok: true }, { ok: false, error: { code: 'SIZE_NOT_LARGER' } }]);
    expect(statSync(path).size).toBe(8 * MIB);
  });

  test('to what is not larger, unaligned or more than there is room for changes nothing', async () => {
    const path = makeImage();
    const { device: number } = await attach(path);
    const codes = [];
    for (const size of [MIB, 512, 2 * MIB + 1, 2n ** 62n, 2n ** 52n]) {
      const answer = await grow(number, size);
      codes.push(answer.ok ? 'none' : answer.error.code);
    }
    expect(codes).toEqual(['SIZE_NOT_LARGER', 'SIZE_NOT_LARGER', 'SIZE_UNALIGNED', 'FILE_TOO_LARGE', 'NO_SPACE']);
    expect([statSync(path).size, readFileSync(`/sys/block/loop${number}/size`, 'utf8')]).toEqual([MIB, `${MIB / 512}\n`]);
  });

  test('follows a file that was renamed and leaves another that has taken its name', async () => {
    const path = makeImage();
    const { device: number } = await attach(path);
    renameSync(path, `${path}.moved`);
    writeFileSync(path, 'another');
    expect(await grow(number, 2 * MIB)).toMatchObject({ ok: true });
    expect([statSync(`${path}.moved`).size, readFileSync(path, 'utf8')]).toEqual([2 * MIB, 'another']);
  });

  test('does not touch a file to which the path leads by now', async () => {
    const covered = mkdtempSync(join(folder, 'covered-'));
    const path = join(covered, 'a.img');
    writeFileSync(path, Buffer.alloc(MIB));
    const { device: number } = await attach(path);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', covered]);
    try {
      writeFileSync(path, Buffer.alloc(MIB));
      const { diskseq } = await device(number);
      expect(await grow(number, 2 * MIB)).toMatchObject({ ok: false, error: { code: 'FILE_REPLACED' } });
      expect(await call('devices/backing-file', { device: number, diskseq })).toEqual({ kind: 'replaced', path });
      expect(statSync(path).size).toBe(MIB);
    } finally {
      execFileSync('umount', [covered]);
    }
  });
});

describe('growing while the helper is lost', () => {
  /** Grows to 16 MiB with a helper that stands still; returns what ends it once the file is longer. */
  async function growHalfWay(
    path: string,
  ): Promise<{ readonly kill: () => void; readonly growing: Promise<Reply<LoopDevice>>; readonly pid: number }> {
    const { device: number } = await attach(path);
    await device(number);
    const pid = helperPid();
    process.kill(pid, 'SIGSTOP');
    const growing = grow(number, 16 * MIB);
    await until(() => statSync(path).size === 16 * MIB);
    return { kill: () => process.kill(pid, 'SIGKILL'), growing, pid };
  }

  test('gives the file its old size back, and the next action has a new helper', async () => {
    const path = makeImage();
    const { kill, growing, pid } = await growHalfWay(path);
    kill();
    expect(await growing).toMatchObject({ ok: false, error: { code: 'HELPER_LOST' } });
    expect(statSync(path).size).toBe(MIB);
    const lost = await state();
    expect(lost).toMatchObject({ actions: { kind: 'failed' }, list: { kind: 'lost' } });
    const number = lost.devices.find((one) => one.backingFile?.text === path)?.number ?? -1;
    expect(await grow(number, 2 * MIB)).toMatchObject({ ok: true });
    expect(await state()).toMatchObject({ actions: { kind: 'ready' }, list: { kind: 'live' } });
    expect(helperPid()).not.toBe(pid);
  });

  test('leaves the file as it is when somebody else changed it meanwhile, and says so', async () => {
    const path = makeImage();
    const { kill, growing } = await growHalfWay(path);
    truncateSync(path, 17 * MIB);
    kill();
    expect(await growing).toMatchObject({ ok: false, error: { code: 'GROWTH_HALF_DONE' } });
    expect(statSync(path).size).toBe(17 * MIB);
  });

  test('leaves the file as it is when the device has grown after all', async () => {
    const path = makeImage();
    const { kill, growing } = await growHalfWay(path);
    const shown = (await state()).devices.find((one) => one.backingFile?.text === path);
    execFileSync('losetup', ['-c', `/dev/loop${shown?.number}`]);
    kill();
    expect(await growing).toMatchObject({ ok: false, error: { code: 'HELPER_LOST' } });
    expect(statSync(path).size).toBe(16 * MIB);
  });
});
