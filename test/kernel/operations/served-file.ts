/** A file on a FUSE file system of its own, which may stop answering (private-fuse.py). Needs root and python3. */
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, rmdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { createSocketPair } from '../../../electron/helper/socket-pair.ts';
import { receiveMessage } from '../../../native-helper/linux/messages.ts';
import { waitFor, type LoopFixture } from '../loop-fixture.ts';

const server = fileURLToPath(new URL('private-fuse.py', import.meta.url));

export interface ServedFile {
  readonly fd: number;
  /** From now on the server answers nothing. */
  readonly hang: () => Promise<void>;
}

/** Runs work with a descriptor of a file on a FUSE mount; root may look into it where `option` is `allow_other`. */
export async function withServedFile(
  loop: LoopFixture,
  option: string | null,
  work: (served: ServedFile) => Promise<void>,
  inode = 2n,
): Promise<void> {
  const folder = join(loop.folder, 'private');
  // Its owner has to get there.
  chmodSync(loop.folder, 0o711);
  mkdirSync(folder);
  const pair = createSocketPair();
  const child = spawn('/usr/bin/python3', [server, folder, '1048576', String(inode), ...(option === null ? [] : [option])], {
    stdio: ['ignore', 'inherit', 'inherit', pair.theirs],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  closeSync(pair.theirs);
  try {
    const [fd = -1] = await waitFor('the descriptor', () => {
      const message = receiveMessage(pair.ours, 16);
      return message.kind === 'data' && message.descriptors.length > 0 ? message.descriptors : null;
    });
    if (option === null) expect(() => statSync(join(folder, 'image'))).toThrow(/EACCES/u);
    loop.keep(fd);
    const hang = async (): Promise<void> => {
      writeSync(pair.ours, 'h');
      await waitFor('the server to hang', () => receiveMessage(pair.ours, 16).kind === 'data');
    };
    await work({ fd, hang });
  } finally {
    closeSync(pair.ours);
    await exited;
    rmdirSync(folder);
  }
}
