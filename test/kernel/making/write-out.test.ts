/** That a file goes to the disk while it is still being made: a thread of this process is seen in the call that does it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writtenOut } from '../../../electron/images/making/write-out.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-write-out-'));
const path = join(folder, 'new.img');
afterAll(() => rmSync(folder, { recursive: true }));

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // a thread or descriptor that has gone meanwhile
  }
}

/** fdatasync(2) in asm/unistd_64.h and asm-generic/unistd.h. */
const FDATASYNC = process.arch === 'arm64' ? '83' : '75';

/** What each thread asks of the kernel at this moment (proc_pid_syscall(5)). */
function isWritingOut(): boolean {
  const calls = readdirSync('/proc/self/task').map((thread) =>
    orNothing(() => readFileSync(`/proc/self/task/${thread}/syscall`, 'latin1')),
  );
  return calls.some((call) => call.split(' ')[0] === FDATASYNC);
}

function openHere(): readonly string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => orNothing(() => readlinkSync(`/proc/self/fd/${fd}`)))
    .filter((target) => target.startsWith(folder));
}

async function withFile(work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx+');
  try {
    await work(file);
  } finally {
    await file.close();
    rmSync(path);
  }
}

test('what is there goes to the disk before the work is done', async () => {
  const data = randomBytes(8 * 1024 * 1024);
  await withFile(async (file) => {
    const outcome = await writtenOut(file, async () => {
      // Written again and again in the same place, so that there is always something to do.
      let hasBeen = false;
      for (let write = 0; !hasBeen; write += 1) {
        await file.write(data, 0, data.length, (write % 16) * data.length);
        hasBeen = isWritingOut();
      }
      return 'done';
    });
    expect(outcome).toBe('done');
  });
});

test('a failure of the work comes through, and nothing stays open', async () => {
  await withFile(async (file) => {
    await expect(writtenOut(file, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
  await expect.poll(openHere).toEqual([]);
});
