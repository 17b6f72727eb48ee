/** Mounts as they really appear in mountinfo, and the poll that notices them. */
import { spawnSync } from 'node:child_process';
import { constants, mkdirSync, openSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { DescriptorPoller, pollEvents } from '../../../native-helper/linux/poller.ts';
import { readMountInfo, type MountEntry } from '../../../native-helper/linux/process-mounts.ts';
import { useLoopFixture } from '../loop-fixture.ts';

const fixture = useLoopFixture();
const mounted: string[] = [];

afterEach(() => {
  for (const path of mounted.splice(0)) {
    if (spawnSync('umount', [path]).status !== 0) throw new Error(`${path} stays mounted`);
  }
});

function mountTmpfs(name: string, options: string): string {
  const path = `${fixture.folder}/${name}`;
  mkdirSync(path);
  const { status, stderr } = spawnSync('mount', ['-n', '-t', 'tmpfs', '-o', options, 'a source', path], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  mounted.push(path);
  return path;
}

function findMount(path: string): MountEntry | undefined {
  return readMountInfo().find(({ mountPoint }) => Buffer.from(mountPoint).equals(Buffer.from(path)));
}

test.each(['with space\tand\nnewline', 'back\\slash\\040', 'ümläut', ' - tmpfs'])('a mount on a folder named %j has that name', (name) => {
  const path = mountTmpfs(name, 'ro,nosuid,size=64k');
  const entry = findMount(path);
  expect([entry?.fileSystemType, Buffer.from(entry?.source ?? []).toString(), entry?.readOnly]).toEqual(['tmpfs', 'a source', true]);
  expect(entry?.options.split(',')).toContain('nosuid');
});

test('the poller reports a mount and an unmount', async () => {
  const poller = new DescriptorPoller();
  const fd = openSync('/proc/self/mountinfo', constants.O_RDONLY);
  try {
    let resolveNext: () => void = () => undefined;
    const nextChange = (): Promise<void> => new Promise((resolve) => (resolveNext = resolve));
    const returned: number[] = [];
    poller.register(fd, pollEvents.POLLPRI, (events) => {
      returned.push(events);
      resolveNext();
    });
    const appeared = nextChange();
    const path = mountTmpfs('polled', 'size=64k');
    await appeared;
    expect(findMount(path)).toBeDefined();
    const vanished = nextChange();
    mounted.pop();
    expect(spawnSync('umount', [path]).status).toBe(0);
    await vanished;
    expect(findMount(path)).toBeUndefined();
    expect(returned[0]).toBe(pollEvents.POLLPRI | pollEvents.POLLERR);
  } finally {
    await poller.stop();
    closeDescriptor(fd);
  }
});
