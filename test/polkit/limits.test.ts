/** How much one user may have, and that it is nobody else's less: SECURITY.md (e) row 41, DESIGN.md §3. Real polkitd, the helper as installed. */
import { expect, test } from 'vitest';
import { MOUNTS_PER_USER } from '../../native-helper/mounting/mount.ts';
import { DEVICES_PER_USER } from '../../native-helper/records/ownership.ts';
import { attachOptions } from './attach-options.ts';
import { useWorld } from './use-world.ts';
import { folderInside } from './world.ts';
import type { UserProgram } from './world-programs.ts';

const { world, started } = await useWorld();

test(`a user attaches ${DEVICES_PER_USER} images and not one more, in two programs together, while others go on`, async () => {
  world.rootShell(`
    for user in alice bob; do for n in $(seq 0 ${DEVICES_PER_USER + 10}); do f=${folderInside}/home/$user/$n.img; truncate -s 64K $f; chown $user $f; done; done`);
  const [first, second, bob] = [await started('alice'), await started('alice'), await started('bob')];
  const attachAs = (program: UserProgram, user: string, number: number): Promise<string> =>
    program.codeOf('devices/attach', attachOptions, { path: `${folderInside}/home/${user}/${number}.img`, flags: 'r' });
  const codes: string[] = [];
  // Ten at a time, by turns: as many questions to polkit as a slow machine answers.
  for (let begin = 0; begin < DEVICES_PER_USER + 6; begin += 10) {
    const numbers = Array.from({ length: 10 }, (_, index) => begin + index).filter((number) => number < DEVICES_PER_USER + 6);
    codes.push(...(await Promise.all(numbers.map((number) => attachAs(number % 2 === 0 ? first : second, 'alice', number)))));
  }
  // Two that come at the same moment may both be refused, so one or another may be missing at the end; never one too many.
  expect(codes.filter((code) => code !== 'done' && code !== 'LIMIT_REACHED')).toEqual([]);
  const attached = codes.filter((code) => code === 'done').length;
  expect(attached).toBeGreaterThan(DEVICES_PER_USER - 10);
  for (let number = attached; number < DEVICES_PER_USER; number++) codes.push(await attachAs(first, 'alice', DEVICES_PER_USER + 6));
  expect(world.rootShell(`losetup -n -O BACK-FILE | grep -c '^${folderInside}/home/alice/'`).trim()).toBe(String(DEVICES_PER_USER));
  expect(await attachAs(first, 'alice', DEVICES_PER_USER + 7)).toBe('LIMIT_REACHED');
  expect(await attachAs(second, 'alice', DEVICES_PER_USER + 7)).toBe('LIMIT_REACHED');
  expect(await attachAs(bob, 'bob', 0)).toBe('done');
});

test(`a user has ${MOUNTS_PER_USER} mounts and not one more`, async () => {
  const path = `${folderInside}/home/alice/mounts.img`;
  world.rootShell(`truncate -s 4M ${path}; mkfs.ext4 -q ${path}; chown alice ${path}`);
  const alice = await started('alice');
  const { device } = await alice.succeed('devices/attach', attachOptions, { path, flags: 'r' });
  const mount = { device: device.number, diskseq: device.diskseq, partition: null, fileSystemType: 'ext4', readOnly: true, label: 'x' };
  const codes: string[] = [];
  for (let count = 0; count <= MOUNTS_PER_USER; count++) {
    codes.push(await alice.codeOf('mounts/mount', { ...mount, detachWhenUnmounted: false }));
  }
  expect(codes).toEqual([...Array<string>(MOUNTS_PER_USER).fill('done'), 'LIMIT_REACHED']);
  expect(world.rootShell("grep -c ' /run/media/alice/' /proc/self/mountinfo").trim()).toBe(String(MOUNTS_PER_USER));
});
