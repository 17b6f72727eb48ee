/** Device mapper and MD on loop devices, where the kernel has them (the vm suite; this machine's own may not). */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { HolderDevice } from '../../../native-helper/protocol/holders.ts';
import { codeOf, targetOf, useOperations } from './operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step();
});

function runs(program: string, words: readonly string[]): boolean {
  return spawnSync(program, words, { stdio: 'ignore' }).status === 0;
}

const hasMapper = runs('dmsetup', ['version']) && existsSync('/dev/mapper/control');
const hasRaid = runs('mdadm', ['--version']) && readFileSync('/proc/devices', 'utf8').includes(' md\n');
const why = (what: string): string => ` (not run: ${what})`;

async function stackOf(name: string, make: (nodes: readonly string[]) => void, images = 1) {
  const devices = [];
  for (let index = 0; index < images; index += 1) {
    devices.push((await operations.attach(operations.loop.makeImage(`${name}-${index}.img`, 32 * MIB))).device);
  }
  make(devices.map(({ number }) => `/dev/loop${number}`));
  const lists = [];
  for (const device of devices) lists.push((await operations.call('holders/list', { ...targetOf(device), others: 'name' })).root);
  return { devices, roots: lists };
}

function kindsOf(device: HolderDevice): readonly string[] {
  return device.devices.flatMap((above) => [`${above.kind} ${above.title?.text ?? above.name}`, ...kindsOf(above)]);
}

describe.skipIf(!hasMapper)(`device mapper${hasMapper ? '' : why('this kernel has no device mapper, or dmsetup is missing')}`, () => {
  test.each([
    ['CRYPT-LUKS2-0123-test', 'luks'],
    ['LVM-0123', 'lvm'],
    ['mpath-0123', 'multipath'],
    ['other', 'device-mapper'],
  ] as const)('a mapping with the UUID %s is told as %s, and the device cannot be detached', async (uuid, kind) => {
    const name = `platter-test-${process.pid}-${kind}`;
    const { devices, roots } = await stackOf(kind, ([node = '']) => {
      execFileSync('dmsetup', [
        'create',
        name,
        '--noudevsync',
        '--uuid',
        `${uuid}-${process.pid}`,
        '--table',
        `0 ${(16 * MIB) / 512} linear ${node} 0`,
      ]);
      undo.push(() => execFileSync('dmsetup', ['remove', '--noudevsync', '--retry', name]));
    });
    expect(roots.map(kindsOf)).toEqual([[`${kind} ${name}`]]);
    const [device] = devices;
    if (device === undefined) throw new Error('no device');
    expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toBe('DEVICE_BUSY');
  });
});

describe.skipIf(!hasRaid)(`MD${hasRaid ? '' : why('this kernel has no MD, or mdadm is missing')}`, () => {
  test('is told for each of its members', async () => {
    const { roots } = await stackOf(
      'raid',
      (nodes) => {
        const array = `/dev/md/platter-test-${process.pid}`;
        execFileSync('mdadm', ['--create', array, '--run', '--level=0', `--raid-devices=${nodes.length}`, ...nodes], { stdio: 'ignore' });
        undo.push(() => execFileSync('mdadm', ['--stop', array], { stdio: 'ignore' }));
      },
      2,
    );
    expect(roots.map((root) => root.devices.map(({ kind }) => kind))).toEqual([['md'], ['md']]);
  });
});
