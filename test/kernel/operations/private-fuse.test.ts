import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSameFile } from '../../../electron/cli/same-file.ts';
import { isBackingFile } from '../../../electron/images/identity.ts';
import { closeFile } from '../../../native-helper/linux/slow-files.ts';
import { waitFor } from '../loop-fixture.ts';
import { codeOf, refusalOf, targetOf, useOperations } from './operations-fixture.ts';
import { withServedFile, type ServedFile } from './served-file.ts';

const operations = useOperations();
const { loop } = operations;
const withFile = (option: string | null, work: (served: ServedFile) => Promise<void>, inode?: bigint): Promise<void> =>
  withServedFile(loop, option, work, inode);

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

test('a file with an inode of 2^63 and more is attached, listed, known again, and seen by its users', async () => {
  const inode = 2n ** 64n - 5n;
  const work = async ({ fd }: ServedFile): Promise<void> => {
    await operations.call('devices/watch', { safetyRead: false });
    const { device } = await operations.attachDescriptor(fd, { readOnly: true });
    expect(device).toMatchObject({ ownership: 'own', attachment: { uid: 0 }, identity: { inode: String(inode) } });
    expect(await operations.find(device.number)).toEqual(device);
    expect(await codeOf(operations.attachDescriptor(fd))).toBe('IMAGE_OVERLAPS');
    const facts = fstatSync(fd, { bigint: true });
    expect([isBackingFile(device, facts), isSameFile(device, facts)]).toEqual([true, true]);
    const user = spawn('/bin/sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    const { writers } = await operations.call('holders/list', { ...targetOf(device), others: 'leave-out' });
    user.kill('SIGKILL');
    await once(user, 'exit');
    expect(writers).toMatchObject([{ pid: user.pid, uses: [{ kind: 'open', mode: 'read-write' }] }]);
    // While the server still answers.
    loop.close(fd);
  };
  await withFile('allow_other', work, inode);
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
    expect((await operations.call('devices/list', {})).devices.map(({ backingFile }) => backingFile?.text)).not.toContain(
      join(loop.folder, 'private/image'),
    );
    // As the dispatcher does it.
    loop.forget(fd);
    closeFile(fd);
  });
  await waitFor('the descriptors to be closed', () => openDescriptors() === before);
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
