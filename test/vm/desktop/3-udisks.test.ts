/** udisks2 and Platter on one machine: each sees the other's devices, and neither takes them away. */
import { afterEach, expect, test } from 'vitest';
import { desktopUsers } from '../desktop-disk.ts';
import { asSession, census, errorCode, makeImage, parsed, rootOutput } from './people.ts';

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

test('udisks2 shows an image that Platter mounted, and does not get hold of it', () => {
  const path = makeImage(active, 'ours.img', 'Ours');
  expect(asSession(active, 'platter mount ours.img').status).toBe(0);
  const node = listed(path)?.node ?? '';
  const place = `/run/media/${active}/Ours`;
  expect(rootOutput(`udevadm settle; udisksctl info -b ${node}`)).toContain(place);
  const unmounted = asSession(active, `udisksctl unmount --no-user-interaction -b ${node}`);
  expect([unmounted.status === 0, unmounted.stderr]).toEqual([false, expect.stringMatching(/NotAuthorized/u)]);
  expect(asSession(active, `udisksctl loop-delete --no-user-interaction -b ${node}`).status).not.toBe(0);
  expect(asSession(active, `cat ${place}/file`).stdout).toBe('hello\n');
  expect(asSession(active, 'platter unmount ours.img').status).toBe(0);
});

test('an image that Platter attached can be mounted with udisks2, and goes when both are done', () => {
  makeImage(active, 'both.img', 'Both');
  const { results } = parsed<{ results: { device: { node: string } }[] }>(asSession(active, 'platter attach both.img --json'));
  const node = results[0]?.device.node ?? '';
  rootOutput('udevadm settle');
  const mounted = asSession(active, `udisksctl mount --no-user-interaction -b ${node}`);
  // A loop device that udisks2 did not set up is a disk of the system to it: it asks for an administrator.
  expect([mounted.status === 0, mounted.stderr]).toEqual([false, expect.stringMatching(/NotAuthorized/u)]);
  rootOutput(`udisksctl mount -b ${node}`);
  expect(errorCode(asSession(active, `platter detach ${node} --json`))).toBe('DEVICE_MOUNTED');
  rootOutput(`udisksctl unmount -b ${node}`);
  expect(asSession(active, `platter detach ${node}`).status).toBe(0);
});

test('Platter shows an image that udisks2 mounted, and does not take it away unasked', () => {
  const path = makeImage(active, 'theirs.img', 'Theirs');
  expect(asSession(active, `udisksctl loop-setup --no-user-interaction -f ${path}`).status).toBe(0);
  const node = listed(path)?.node ?? '';
  rootOutput('udevadm settle');
  expect(asSession(active, `udisksctl mount --no-user-interaction -b ${node}`).status).toBe(0);
  expect(listed(path)?.mounts.map(({ mountPoint }) => mountPoint.text)).toEqual([`/media/${active}/Theirs`]);
  for (const command of [`detach ${node}`, `unmount ${node}`, `set ${node} --autoclear`]) {
    expect([command, errorCode(asSession(active, `platter ${command} --json`))]).not.toEqual([command, 'none']);
  }
  expect(asSession(active, `cat /media/${active}/Theirs/file`).stdout).toBe('hello\n');
  expect(asSession(active, `udisksctl unmount --no-user-interaction -b ${node}`).status).toBe(0);
  expect(asSession(active, `udisksctl loop-delete --no-user-interaction -b ${node}`).status).toBe(0);
  expect(listed(path)).toBeUndefined();
});
