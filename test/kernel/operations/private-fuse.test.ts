import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createSocketPair } from '../../../electron/helper/socket-pair.ts';
import { receiveMessage } from '../../../native-helper/linux/messages.ts';
import { waitFor } from '../loop-fixture.ts';
import { codeOf, refusalOf, useOperations } from './operations-fixture.ts';

const operations = useOperations();
const { loop } = operations;
const server = fileURLToPath(new URL('private-fuse.py', import.meta.url));

/** Runs work with a descriptor of a file on a FUSE mount that root may not look into. */
async function withPrivateFile(work: (fd: number) => Promise<void>): Promise<void> {
  const folder = join(loop.folder, 'private');
  // Its owner has to get there.
  chmodSync(loop.folder, 0o711);
  mkdirSync(folder);
  const pair = createSocketPair();
  const child = spawn('/usr/bin/python3', [server, folder, '1048576'], { stdio: ['ignore', 'inherit', 'inherit', pair.theirs] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  closeSync(pair.theirs);
  try {
    const [fd = -1] = await waitFor('the descriptor', () => {
      const message = receiveMessage(pair.ours, 16);
      return message.kind === 'data' && message.descriptors.length > 0 ? message.descriptors : null;
    });
    expect(() => statSync(join(folder, 'image'))).toThrow(/EACCES/u);
    loop.keep(fd);
    await work(fd);
    // While the server still answers.
    loop.close(fd);
  } finally {
    closeSync(pair.ours);
    await exited;
  }
}

test('a file on a private FUSE mount is refused, and nothing stays attached', async () => {
  const target = await loop.attach(loop.makeImage('target.img', 1_048_576), { readOnly: true });
  await withPrivateFile(async (fd) => {
    expect(await refusalOf(operations.attachDescriptor(fd))).toMatchObject({ code: 'IMAGE_NOT_SHARED', errno: 13 });
    const change = { device: target.number, diskseq: String(target.diskseq) };
    expect(await codeOf(operations.call('devices/change-backing-file', change, [fd]))).toBe('IMAGE_NOT_SHARED');
  });
  expect(loop.census()).toEqual([target.number]);
  const { devices } = await operations.call('devices/list', {});
  expect(devices.filter(({ backingFile }) => backingFile?.text.endsWith('/image'))).toEqual([]);
});
