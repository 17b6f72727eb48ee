/** udisks2 and Platter on one machine: each sees the other's devices, and neither takes them away. */
import { afterEach, expect, test } from 'vitest';
import { desktopUsers } from '../desktop-disk.ts';
import { asRoot, asSession, census, errorCode, makeImage, parsed, rootOutput, succeeded } from './people.ts';

const { active } = desktopUsers;

interface Listed {
  readonly devices: readonly {
    readonly node: string;
    readonly backingFile: { readonly text: string } | null;
    readonly mounts: readonly { readonly mountPoint: { readonly text: string } }[];
  }[];
}

afterEach(() => expect(census()).toEqual([]));

/** The device with that file, as `platter list` shows it. */
function listed(path: string): Listed['devices'][number] | undefined {
  return parsed<Listed>(asSession(active, 'platter list --json')).devices.find(({ backingFile }) => backingFile?.text === path);
}

test('udisks2 shows an image that Platter mounted, and takes it away for an administrator alone', () => {
  const path = makeImage(active, 'ours.img', 'Ours');
  const place = `/run/media/${active}/Ours`;
  succeeded(asSession(active, 'platter mount ours.img'));
  const node = listed(path)?.node ?? '';
  const shown = rootOutput(`until udisksctl info -b ${node} | grep -F '${place}' >&2; do :; done; udisksctl info -b ${node}`);
  expect([/IdLabel: +Ours/u.test(shown), /IdType: +ext4/u.test(shown), /HintAuto: +true/u.test(shown)]).toEqual([true, true, false]);
  const unmounted = asSession(active, `udisksctl unmount --no-user-interaction -b ${node}`);
  expect([unmounted.status === 0, unmounted.stderr]).toEqual([false, expect.stringMatching(/NotAuthorized/u)]);
  expect(asSession(active, `udisksctl loop-delete --no-user-interaction -b ${node}`).status).not.toBe(0);
  expect(asSession(active, `cat ${place}/file`).stdout).toBe('hello\n');
  succeeded(asRoot(`udisksctl unmount -b ${node}`));
  expect(listed(path)).toBeUndefined();
  // What is left of it, a record and an empty folder, is put right by the next start of a helper.
  succeeded(asSession(active, 'platter mount ours.img && platter unmount ours.img'));
});

test('udisks2 sees what is in an image that Platter attached, and mounts it for an administrator alone', () => {
  makeImage(active, 'both.img', 'Both');
  const { results } = parsed<{ results: { device: { node: string } }[] }>(asSession(active, 'platter attach both.img --json'));
  const node = results[0]?.device.node ?? '';
  rootOutput(`udevadm settle; until udisksctl info -b ${node} | grep -q 'IdLabel: *Both'; do :; done`);
  const mounted = asSession(active, `udisksctl mount --no-user-interaction -b ${node}`);
  expect([mounted.status === 0, mounted.stderr]).toEqual([false, expect.stringMatching(/NotAuthorized/u)]);
  expect(asSession(active, `platter mount ${node}`).status).toBe(0);
  succeeded(asSession(active, `platter unmount ${node}`));
  succeeded(asRoot(`udisksctl mount -b ${node} && udisksctl unmount -b ${node}`));
  succeeded(asSession(active, `platter detach ${node}`));
});

test('Platter shows an image that udisks2 mounted, and does not take it away unasked', () => {
  const path = makeImage(active, 'theirs.img', 'Theirs');
  succeeded(asSession(active, `udisksctl loop-setup --no-user-interaction -f ${path}`));
  const node = listed(path)?.node ?? '';
  rootOutput('udevadm settle');
  succeeded(asSession(active, `udisksctl mount --no-user-interaction -b ${node}`));
  expect(listed(path)?.mounts.map(({ mountPoint }) => mountPoint.text)).toEqual([`/media/${active}/Theirs`]);
  for (const command of [`detach ${node}`, `unmount ${node}`, `set ${node} --autoclear`]) {
    expect([command, errorCode(asSession(active, `platter ${command} --json`))]).not.toEqual([command, 'none']);
  }
  expect(asSession(active, `cat /media/${active}/Theirs/file`).stdout).toBe('hello\n');
  succeeded(asSession(active, `udisksctl unmount --no-user-interaction -b ${node}`));
  succeeded(asSession(active, `udisksctl loop-delete --no-user-interaction -b ${node}`));
  expect(listed(path)).toBeUndefined();
});

test('where no helper can be had, the window does it all by udisks2, with the rights of whoever sits there', () => {
  const vitest = 'node node_modules/vitest/vitest.mjs run --config test/vm/guest/vitest.config.ts --configLoader native';
  const path = `PATH="${process.env['PATH'] ?? ''}" PLATTER_SLOWNESS=${process.env['PLATTER_SLOWNESS'] ?? '1'}`;
  const { status, stdout, stderr } = asSession(active, `cd '${process.cwd()}' && NO_COLOR=1 ${path} ${vitest} test/vm/person`);
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toMatch(/Tests +4 passed \(4\)/u);
});
