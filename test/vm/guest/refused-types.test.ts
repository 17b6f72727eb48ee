/** SECURITY.md (e) row 51: a type that is refused makes the kernel load no driver. Only a kernel with modules can show it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useLoopFixture } from '../../kernel/loop-fixture.ts';
import { codeOf, useMountFixture } from '../../kernel/mounting/mount-fixture.ts';

const MIB = 1024 * 1024;
const loops = useLoopFixture();
const mounts = useMountFixture(loops);

const refused = [
  'auto',
  'tmpfs',
  'proc',
  'fuse',
  'nfs',
  'nfs4',
  'cifs',
  'cramfs',
  'romfs',
  'reiserfs',
  'ext4 ',
  'ext4\0x',
  '../ext4',
  'EXT4',
  '',
];

function loadedModules(): string[] {
  return readFileSync('/proc/modules', 'latin1')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter(Boolean)
    .toSorted();
}

test('no driver is loaded for a type that is refused, and one is for a type that is only uncommon', async () => {
  const device = await mounts.attachFormatted(['mke2fs', '-q', '-t', 'ext4'], 2 * MIB);
  const before = loadedModules();
  for (const fileSystemType of refused) expect(await codeOf(mounts.mount(device, { fileSystemType }))).toBe('FILE_SYSTEM_REFUSED');
  expect(loadedModules()).toEqual(before);
  expect(before).not.toContain('minix');
  expect(await codeOf(mounts.mount(device, { fileSystemType: 'minix' }))).toBe('FILE_SYSTEM_INVALID');
  expect(loadedModules()).toContain('minix');
});
