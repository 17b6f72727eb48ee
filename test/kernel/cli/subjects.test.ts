/** Which of the words of a command its failures name, and what Ctrl+C ends: the built program. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { run } from '../maintenance/maintenance-fixture.ts';
import { waitFor } from '../loop-fixture.ts';
import { platter, platterScript } from './command.ts';
import { errorOf } from './commands-fixture.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-subjects-'));
  for (const name of ['a.img', 'b.img']) {
    writeFileSync(join(folder, name), '');
    truncateSync(join(folder, name), 2 ** 40);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what a failure is about', () => {
  test.each([
    [['mount', '-p', '2', 'missing.img'], 'missing.img'],
    [['mount', 'missing.img', '-p', '2'], 'missing.img'],
    [['resize', '--to', '12G', 'missing.img'], 'missing.img'],
    [['convert', '--to', 'qcow2', 'missing.img'], 'missing.img'],
    [['library', 'rename', 'missing.img', 'b.img'], 'missing.img'],
    [['open', '--', '-missing.img'], '-missing.img'],
  ])('%j', (words, subject) => {
    expect(errorOf(platter(['--json', ...words], { cwd: folder })).subject).toBe(subject);
  });

  test('a file system in an image, and in a partition of one', () => {
    run('mksquashfs', '/etc/apt', join(folder, 'read-only.img'), '-quiet', '-no-progress');
    expect(errorOf(platter(['check', '--repair', 'read-only.img', '--json'], { cwd: folder })).subject).toBe('read-only.img');
    expect(platter(['check', '--partition', '3', 'b.img'], { cwd: folder }).stderr).toMatch(/^platter: b\.img partition 3: /u);
  });
});

test('Ctrl+C ends the command, not only the file it is at', async () => {
  const child = spawn(projectNode, [platterScript, 'verify', 'a.img', 'b.img', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  await waitFor('the first file', () => stdout.includes('a.img'));
  child.kill('SIGINT');
  expect(await ended).toBe(1);
  expect([stdout.includes('b.img'), stderr.trim().split('\n').length]).toEqual([false, 1]);
  expect(errorOf({ stderr, stdout: '', status: 1 })).toMatchObject({ code: 'CANCELLED', subject: 'a.img' });
});
