/** What makes disks part of a machine by itself passes over an image that Platter attached (SECURITY.md T5), and over no other. */
import { afterEach, expect, test } from 'vitest';
import { desktopUsers } from '../desktop-disk.ts';
import { asSession, census, homeOf, parsed, propertiesOf, rootOutput, succeeded } from './people.ts';

const { active } = desktopUsers;

afterEach(() => expect(census()).toEqual([]));

interface Member {
  readonly what: string;
  readonly type: string;
  /** Makes one of the device `$node`. */
  readonly make: string;
  /** Succeeds once the machine has taken the device `$node` in. */
  readonly isTaken: string;
  readonly release: string;
}

const members: readonly Member[] = [
  {
    what: 'a volume group of LVM',
    type: 'LVM2_member',
    make: 'pvcreate -qq $node; vgcreate -qq inner_group $node; lvcreate -qq -an -Wn -Zn -l 50%FREE -n inner inner_group',
    isTaken: 'systemctl list-units --all --no-legend | grep -q lvm-activate || [ -e /dev/inner_group/inner ]',
    release: 'until [ -e /dev/inner_group/inner ]; do sleep 0.1; done; vgchange -qq -an inner_group',
  },
  {
    what: 'an array of MD',
    type: 'linux_raid_member',
    make: 'mdadm -q --create /dev/md/inner --run --force --level=1 --raid-devices=1 $node; mdadm -q --stop /dev/md/inner',
    isTaken: "grep -q '^md' /proc/mdstat",
    release: 'mdadm -q --stop --scan',
  },
  {
    what: 'a file system of btrfs, which could be one of several devices',
    type: 'btrfs',
    make: 'mkfs.btrfs -q $node',
    isTaken: 'udevadm info --query=property $node | grep -q ID_BTRFS_READY=1',
    release: 'true',
  },
];

test.each(members)('$what stays out of the machine', ({ type, make, isTaken, release }) => {
  const path = `${homeOf(active)}/member.img`;
  // Made on a device of Platter, or udev would take it in while it is being made.
  rootOutput(`rm -f ${path}; truncate -s 128M ${path}
    platter attach ${path} >/dev/null
    node=$(losetup -n -O NAME -j ${path})
    set -e; { ${make}; } >&2
    udevadm settle; platter detach $node >/dev/null; chown ${active}: ${path}`);
  const attached = asSession(active, 'platter attach member.img --json');
  const { results } = parsed<{ results: { device: { node: string } }[] }>(attached);
  const node = results[0]?.device.node ?? '';
  const properties = propertiesOf(node);
  expect([properties.get('ID_FS_TYPE'), properties.get('SYSTEMD_READY')]).toEqual([type, '0']);
  expect(rootOutput(`node=${node}; if ${isTaken}; then echo taken; fi`)).toBe('');
  succeeded(asSession(active, `platter detach ${node}`));

  // The same file, attached by another program: here it happens.
  rootOutput(`node=$(losetup -f --show ${path})
    until ${isTaken}; do sleep 0.1; done
    udevadm settle; ${release}
    losetup -d $node; rm ${path}`);
});
