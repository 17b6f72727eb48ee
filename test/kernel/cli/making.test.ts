/** platter create and platter convert as processes: what they make, what they say, and what they leave alone. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { platter, platterScript } from './command.ts';
import { resultOf } from './commands-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-cli-making-'));
afterAll(() => rmSync(folder, { recursive: true }));

function failureOf(stderr: string): unknown {
  return (JSON.parse(stderr) as { error: { code: string } }).error.code;
}

describe('platter create', () => {
  test('makes a file system in a new file and says what it takes', () => {
    const made = platter(['create', 'a.img', '--size', '32M', '--type', 'ext4', '--label', 'Photos', '--json'], { cwd: folder });
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(resultOf(made)).toMatchObject({ event: 'result', file: 'a.img', sizeBytes: String(32 * 1024 * 1024) });
    expect(
      readFileSync(join(folder, 'a.img'))
        .subarray(1024 + 120, 1024 + 126)
        .toString(),
    ).toBe('Photos');
  });

  test('never writes over a file', () => {
    writeFileSync(join(folder, 'mine.img'), 'mine');
    const { status, stderr } = platter(['create', 'mine.img', '-s', '1M', '--json'], { cwd: folder });
    expect([status, failureOf(stderr), readFileSync(join(folder, 'mine.img'), 'utf8')]).toEqual([1, 'FILE_EXISTS', 'mine']);
  });

  test('takes names that are not UTF-8', () => {
    const name = Buffer.from([0x66, 0xff, 0x6f]);
    expect(platter(['create', name, '-s', '1M', '-q'], { cwd: folder }).status).toBe(0);
    expect(readdirSync(folder, { encoding: 'buffer' }).some((one) => one.equals(name))).toBe(true);
  });

  test('mounts what it made when that is asked for', () => {
    const made = platter(['create', 'm.img', '-s', '32M', '-t', 'ext4', '--mount', '-q'], { cwd: folder });
    try {
      expect(made).toMatchObject({ status: 0, stderr: '' });
      const place = made.stdout.trim().split('\n').at(-1) ?? '';
      writeFileSync(join(place, 'hello'), 'hello');
    } finally {
      expect(platter(['unmount', 'm.img', '-q'], { cwd: folder })).toMatchObject({ status: 0 });
    }
  });

  test.each([[['create', 'x.img']], [['create', 'x.img', '-s', '1M', '-c', 'a.img']], [['create', 'x.img', '-s', '1M', '-t', 'zfs']]])(
    'refuses %j as wrong usage and makes nothing',
    (words) => {
      expect(platter(words, { cwd: folder }).status).toBe(2);
      expect(existsSync(join(folder, 'x.img'))).toBe(false);
    },
  );
});

describe('platter convert', () => {
  test('goes out and comes back, with names beside the image', () => {
    const own = mkdtempSync(join(folder, 'convert-'));
    writeFileSync(join(own, 'disk.img'), randomBytes(1024 * 1024));
    for (const words of [
      ['disk.img', '--to', 'qcow2'],
      ['disk.qcow2', 'back.img'],
      ['disk.img', '--to', 'xz'],
      ['disk.img.xz', 'unpacked.img'],
      ['disk.img', 'named.vdi'],
    ]) {
      expect(platter(['convert', ...words, '-q'], { cwd: own })).toMatchObject({ status: 0, stderr: '' });
    }
    expect(readdirSync(own).toSorted()).toEqual(['back.img', 'disk.img', 'disk.img.xz', 'disk.qcow2', 'named.vdi', 'unpacked.img']);
    // Its ending says what it shall be (VDICore.h: the signature is at 64).
    expect(readFileSync(join(own, 'named.vdi')).readUInt32LE(64)).toBe(0xbeda107f);
    const original = readFileSync(join(own, 'disk.img'));
    for (const name of ['back.img', 'unpacked.img']) expect(readFileSync(join(own, name)).equals(original)).toBe(true);
  });

  test('does not take a container for a raw image, nor a raw image for a container', () => {
    const own = mkdtempSync(join(folder, 'convert-'));
    writeFileSync(join(own, 'disk.img'), randomBytes(1024 * 1024));
    expect(platter(['convert', 'disk.img', '--to', 'vhdx', '-q'], { cwd: own })).toMatchObject({ status: 0, stderr: '' });
    const codes = [
      failureOf(platter(['convert', 'disk.vhdx', '--to', 'qcow2', '--json'], { cwd: own }).stderr),
      failureOf(platter(['convert', 'disk.img', 'other.img', '--json'], { cwd: own }).stderr),
    ];
    expect([codes, readdirSync(own).toSorted()]).toEqual([
      ['NOT_CONVERTIBLE', 'NOT_CONVERTIBLE'],
      ['disk.img', 'disk.vhdx'],
    ]);
  });

  test('leaves nothing when it is interrupted', async () => {
    const own = mkdtempSync(join(folder, 'convert-'));
    writeFileSync(join(own, 'noise.img'), randomBytes(24 * 1024 * 1024));
    const child = spawn(projectNode, [platterScript, 'convert', 'noise.img', '--to', 'xz', '--json'], {
      cwd: own,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
    while (!readdirSync(own).some((name) => name.startsWith('.platter-'))) await new Promise((resolve) => void setImmediate(resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    expect([failureOf(said.join('')), readdirSync(own)]).toEqual(['CANCELLED', ['noise.img']]);
  });
});

describe('--json of work that takes a while', () => {
  test('prints how far it is, at most ten times a second, and the result as the last line', async () => {
    const own = mkdtempSync(join(folder, 'lines-'));
    writeFileSync(join(own, 'noise.img'), randomBytes(16 * 1024 * 1024));
    const child = spawn(projectNode, [platterScript, 'convert', 'noise.img', '--to', 'xz', '--json'], {
      cwd: own,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: { readonly at: number; readonly value: JsonLine }[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push({ at: performance.now(), value: JSON.parse(line) as JsonLine }));
    expect(await once(child, 'close')).toEqual([0, null]);
    const values = lines.map(({ value }) => value);
    expect(values.map(({ event }) => event)).toEqual([...values.slice(1).map(() => 'progress'), 'result']);
    expect(values[0]).toMatchObject({ kind: 'export', fileName: 'noise.img', bytesDone: null });
    expect(values.at(-1)).toMatchObject({ file: expect.stringMatching(/noise\.img\.xz$/u) as string });
    const done = values.flatMap(({ bytesDone }) => (typeof bytesDone === 'string' ? [Number(bytesDone)] : []));
    expect([done.length > 1, done]).toEqual([true, done.toSorted((a, b) => a - b)]);
    const seconds = ((lines.at(-1)?.at ?? 0) - (lines[0]?.at ?? 0)) / 1000;
    expect(values.length).toBeLessThanOrEqual(10 * seconds + 3);
  });
});

interface JsonLine {
  readonly event: string;
  readonly bytesDone?: string | null;
}
