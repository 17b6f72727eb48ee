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

test('udisks2 shows an image that Platter mounted, and does not get hold of it', () => {
  const path = makeImage(active, 'ours.img', 'Ours');
  succeeded(asSession(active, 'platter mount ours.img'));
  const node = listed(path)?.node ?? '';
  const place = `/run/media/${active}/Ours`;
  rootOutput(`until udisksctl info -b ${node} | grep -qF '${place}'; do :; done`);
  const unmounted = asSession(active, `udisksctl unmount --no-user-interaction -b ${node}`);
  expect([unmounted.status === 0, unmounted.stderr]).toEqual([false, expect.stringMatching(/NotAuthorized/u)]);
  expect(asSession(active, `udisksctl loop-delete --no-user-interaction -b ${node}`).status).not.toBe(0);
  expect(asSession(active, `cat ${place}/file`).stdout).toBe('hello\n');
  succeeded(asSession(active, 'platter unmount ours.img'));
});

test('udisks2 takes no notice of what is in an image that Platter attached, and mounts it for nobody', () => {
  makeImage(active, 'both.img', 'Both');
  const { results } = parsed<{ results: { device: { node: string } }[] }>(asSession(active, 'platter attach both.img --json'));
  const node = results[0]?.device.node ?? '';
  rootOutput('udevadm settle');
  // It passes over events with the flag DM_UDEV_DISABLE_OTHER_RULES_FLAG, which our udev rule sets (udisksd 2.9.4).
  for (const mounted of [asSession(active, `udisksctl mount --no-user-interaction -b ${node}`), asRoot(`udisksctl mount -b ${node}`)]) {
    expect([mounted.status === 0, mounted.stderr]).toEqual([false, expect.stringMatching(/not a mountable filesystem/u)]);
  }
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
