import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, readdirSync, rmdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createSocketPair } from '../../../electron/helper/socket-pair.ts';
import { receiveMessage } from '../../../native-helper/linux/messages.ts';
import { mayBeClosedNow } from '../../../native-helper/linux/slow-files.ts';
import { waitFor } from '../loop-fixture.ts';
import { codeOf, refusalOf, targetOf, useOperations } from './operations-fixture.ts';

const operations = useOperations();
const { loop } = operations;
const server = fileURLToPath(new URL('private-fuse.py', import.meta.url));

interface Served {
  readonly fd: number;
  /** From now on the server answers nothing. */
  readonly hang: () => Promise<void>;
}

/** Runs work with a descriptor of a file on a FUSE mount; root may look into it where `option` is `allow_other`. */
async function withFile(option: string | null, work: (served: Served) => Promise<void>): Promise<void> {
  const folder = join(loop.folder, 'private');
  // Its owner has to get there.
  chmodSync(loop.folder, 0o711);
  mkdirSync(folder);
  const pair = createSocketPair();
  const child = spawn('/usr/bin/python3', [server, folder, '1048576', ...(option === null ? [] : [option])], {
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

test('a file on a private FUSE mount is refused, and nothing stays attached', async () => {
  const target = await loop.attach(loop.makeImage('target.img', 1_048_576), { readOnly: true });
  await withFile(null, async ({ fd }) => {
    expect(await refusalOf(operations.attachDescriptor(fd))).toMatchObject({ code: 'IMAGE_NOT_SHARED', errno: 13 });
    const change = { device: target.number, diskseq: String(target.diskseq) };
    expect(await codeOf(operations.call('devices/change-backing-file', change, [fd]))).toBe('IMAGE_NOT_SHARED');
    // While the server still answers.
    loop.close(fd);
  });
  expect(loop.census()).toEqual([target.number]);
  const { devices } = await operations.call('devices/list', {});
  expect(devices.filter(({ backingFile }) => backingFile?.text.startsWith(join(loop.folder, 'private')))).toEqual([]);
});

test('a file whose file system has stopped answering stops nobody who looks at the list or attaches something else', async () => {
  await withFile('allow_other', async ({ fd, hang }) => {
    await operations.call('devices/watch', { safetyRead: false });
    const { device } = await operations.attachDescriptor(fd, { readOnly: true });
    expect(device).toMatchObject({ ownership: 'own', identity: { inode: '2' } });
    // The same file is known again, also when another program has attached it.
    expect(await codeOf(operations.attachDescriptor(fd))).toBe('IMAGE_OVERLAPS');
    const other = await loop.attachDescriptor(fd, { readOnly: true });
    expect(await codeOf(operations.attachDescriptor(fd))).toBe('IMAGE_OVERLAPS');
    loop.close(fd);
    await hang();
    const { devices } = await operations.call('devices/list', {});
    expect(devices.find(({ number }) => number === device.number)).toEqual(device);
    expect(devices.find(({ number }) => number === other.number)).toMatchObject({ readOnly: true, backingFile: device.backingFile });
    operations.operations.live.readAll();
    const local = await operations.attach(loop.makeImage('local.img', 1_048_576));
    expect(local.outcome).toBe('attached');
    expect(await operations.call('devices/detach', { ...targetOf(local.device), whenFree: false })).toEqual({ state: 'detached' });
  });
});

test('a file whose file system does not answer is refused in time, stops nobody, and is closed once that is over', async () => {
  const before = openDescriptors();
  await withFile('allow_other', async ({ fd, hang }) => {
    await operations.call('devices/watch', { safetyRead: false });
    await hang();
    const attempts = [operations.attachDescriptor(fd), operations.attachDescriptor(fd, { readOnly: true })];
    const refused = Promise.all(attempts.map(async (attempt) => codeOf(attempt)));
    const local = await operations.attach(loop.makeImage('beside.img', 1_048_576));
    expect(local.outcome).toBe('attached');
    expect(await operations.call('devices/detach', { ...targetOf(local.device), whenFree: false })).toEqual({ state: 'detached' });
    expect(await refused).toEqual(['IMAGE_NOT_ANSWERING', 'IMAGE_NOT_ANSWERING']);
    expect(mayBeClosedNow(fd)).toBe(false);
    expect((await operations.call('devices/list', {})).devices.map(({ backingFile }) => backingFile?.text)).not.toContain(
      join(loop.folder, 'private/image'),
    );
    loop.forget(fd);
  });
  await waitFor('the descriptors to be closed', () => openDescriptors() === before);
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
