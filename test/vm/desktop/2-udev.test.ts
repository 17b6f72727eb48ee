/** The udev rule in a real udev, and the races with its workers (LOOP.md §3, SECURITY.md e60). */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { useMountFixture } from '../../kernel/mounting/mount-fixture.ts';
import { targetOf, useOperations } from '../../kernel/operations/operations-fixture.ts';
import { desktopUsers } from '../desktop-disk.ts';
import { asSession, census, makeImage, parsed, propertiesOf, rootOutput, succeeded } from './people.ts';

const { active } = desktopUsers;

interface AttachOutput {
  readonly results: readonly { readonly device: { readonly node: string; readonly number: number } }[];
}

/** Links to this device, by whatever name. */
function linksTo(node: string): string[] {
  return rootOutput(`find /dev/disk -lname '*/${node.slice('/dev/'.length)}' -o -lname '*/${node.slice('/dev/'.length)}p*'`)
    .split('\n')
    .filter((line) => line !== '');
}

describe('the rule', () => {
  afterEach(() => expect(census()).toEqual([]));

  test('keeps an image of ours out of links and units, and udev still knows what is in it', () => {
    makeImage(active, 'isolated.img', 'Isolated');
    const { results } = parsed<AttachOutput>(asSession(active, 'platter attach isolated.img --json'));
    const node = results[0]?.device.node ?? '';
    const properties = propertiesOf(node);
    expect(linksTo(node)).toEqual([]);
    expect(existsSync('/dev/disk/by-label/Isolated')).toBe(false);
    expect([properties.get('SYSTEMD_READY'), properties.get('ID_FS_TYPE'), properties.get('ID_FS_LABEL')]).toEqual([
      '0',
      'ext4',
      'Isolated',
    ]);
    // Taken away again before udisks2, which would pass over the device as well.
    expect(properties.has('DM_UDEV_DISABLE_OTHER_RULES_FLAG')).toBe(false);
    expect(rootOutput(`systemctl is-active ${node.slice(1).replaceAll('/', '-')}.device || true`)).toBe('inactive');
    succeeded(asSession(active, `platter detach ${node}`));
  });

  test('holds for partitions as well', () => {
    const path = makeImage(active, 'inner.img', 'Inner', 8 * 1024 * 1024);
    const whole = `${path}.whole`;
    rootOutput(`
      truncate -s 16M ${whole}; echo 'start=2048, size=16384' | sfdisk -q --label gpt ${whole}
      dd if=${path} of=${whole} bs=1M seek=1 conv=notrunc status=none; chown ${active}: ${whole}`);
    const { results } = parsed<AttachOutput>(asSession(active, `platter attach --partition-scan ${whole} --json`));
    const node = results[0]?.device.node ?? '';
    expect(propertiesOf(`${node}p1`).get('ID_FS_LABEL')).toBe('Inner');
    expect([linksTo(node), propertiesOf(`${node}p1`).get('SYSTEMD_READY')]).toEqual([[], '0']);
    succeeded(asSession(active, `platter detach ${node}`));
  });

  test('leaves images that others attach alone', () => {
    const path = makeImage(active, 'theirs.img', 'Theirs');
    const node = rootOutput(`losetup -f --show ${path}`);
    try {
      const properties = propertiesOf(node);
      expect([existsSync('/dev/disk/by-label/Theirs'), properties.has('SYSTEMD_READY')]).toEqual([true, false]);
    } finally {
      rootOutput(`losetup -d ${node}; udevadm settle`);
    }
  });
});

describe('with udev’s workers and udisks2 at every device', () => {
  const operations = useOperations();
  const mounts = useMountFixture(operations.loop);
  const long = process.env['PLATTER_LONG'] === '1';

  test('a detach that is told as done is done, however soon after the attach it comes', async () => {
    const path = operations.loop.makeImage('soon.img', 16 * 1024 * 1024).toString();
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', 'Soon', path]);
    for (let round = 0; round < (long ? 500 : 50); round++) {
      const { device } = await operations.attach(path);
      const { state } = await operations.call('devices/detach', { ...targetOf(device), whenFree: false });
      expect([state, isBound(device.number)]).toEqual(['detached', false]);
    }
  });

  test('mounting and unmounting leaves nothing behind', async () => {
    const path = mounts.makeFormatted(['mke2fs', '-q', '-t', 'ext4', '-L', 'Busy'], 16 * 1024 * 1024);
    const stir = spawn('sh', ['-c', 'while :; do udevadm trigger --subsystem-match=block; udisksctl status; done'], {
      detached: true,
      stdio: 'ignore',
    });
    try {
      let before = 0;
      for (let round = 0; round < (long ? 100 : 20); round++) {
        // The first one opens the folder of block devices, which stays open.
        if (round === 1) before = readdirSync('/proc/self/fd').length;
        const { device } = await operations.attach(path);
        const own = { number: device.number, diskseq: BigInt(device.diskseq) };
        const result = await mounts.mount(own, { label: 'busy' });
        expect(await mounts.unmount(own, result)).toBe('unmounted');
        expect((await operations.call('devices/detach', { ...targetOf(device), whenFree: false })).state).toBe('detached');
      }
      expect([mounts.mounted(), mounts.leftovers(), operations.loop.census()]).toEqual([[], [], []]);
      expect(readdirSync('/proc/self/fd').length).toBe(before);
    } finally {
      process.kill(-(stir.pid ?? 0), 'SIGKILL');
    }
  });
});
