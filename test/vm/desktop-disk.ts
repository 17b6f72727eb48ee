/**
 * The disk of the desktop machine: a small Debian with systemd, logind, polkit, udev and udisks2 and one ordinary user who is
 * logged in on the first console. Made once, kept outside the repository; every run works on an overlay that is thrown away.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, kernelPackages, type Kernel } from './kernel-package.ts';

const packages = [
  ...['systemd-sysv', 'udev', 'dbus', 'dbus-user-session', 'libpam-systemd', 'polkitd', 'pkexec', 'udisks2', kernelPackages['6.1']],
  ...['util-linux', 'fdisk', 'e2fsprogs', 'dosfstools', 'xfsprogs', 'btrfs-progs', 'kmod', 'login', 'passwd', 'procps', 'acl', 'iproute2'],
  ...['xdg-utils', 'libglib2.0-bin', 'desktop-file-utils', 'shared-mime-info', 'xvfb', 'xauth', 'fonts-dejavu-core'],
  ...['libnss3', 'libatk-bridge2.0-0', 'libgtk-3-0', 'libgbm1', 'libasound2', 'libdrm2'],
];

/** The ordinary user, an active local session on seat0; and a second one who never logs in. */
export const desktopUsers = { active: { name: 'maria', uid: 1001 }, other: { name: 'otto', uid: 1002 } } as const;

const customize = `set -e
chroot "$1" useradd -m -u ${desktopUsers.active.uid} -s /bin/bash ${desktopUsers.active.name}
chroot "$1" useradd -m -u ${desktopUsers.other.uid} -s /bin/bash ${desktopUsers.other.name}
chroot "$1" passwd -d root
echo platter-test > "$1/etc/hostname"
mkdir -p "$1/etc/systemd/system/getty@tty1.service.d"
printf '[Service]\\nExecStart=\\nExecStart=-/sbin/agetty --autologin ${desktopUsers.active.name} --noclear %%I linux\\n' > "$1/etc/systemd/system/getty@tty1.service.d/autologin.conf"
cat > "$1/etc/systemd/system/platter-job.service" <<'UNIT'
[Unit]
Description=Runs the job of the test and powers off
After=multi-user.target systemd-logind.service polkit.service udisks2.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'modprobe 9pnet_virtio; mkdir -p /run/vm /mnt/host; mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=none job /run/vm; mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=loose,ro host /mnt/host; sh /run/vm/desktop-init.sh'
StandardInput=null
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
FailureAction=poweroff-force
[Install]
WantedBy=default.target
UNIT
chroot "$1" systemctl enable platter-job.service
chroot "$1" systemctl mask serial-getty@ttyS0.service serial-getty@ttyS1.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer man-db.timer
`;

/** Makes the disk (about two minutes) unless the cache holds the one of this recipe and kernel. Returns its path. */
export function provideDesktopDisk(kernel: Kernel): string {
  const recipe = createHash('sha256')
    .update(JSON.stringify([packages, customize, kernel.release]))
    .digest('hex')
    .slice(0, 16);
  const disk = join(cacheFolder, `desktop-${recipe}.img`);
  if (existsSync(disk)) return disk;
  mkdirSync(cacheFolder, { recursive: true });
  const work = mkdtempSync(join(cacheFolder, 'making-desktop-'));
  try {
    renameSync(makeDisk(work), disk);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return disk;
}

function makeDisk(work: string): string {
  const tree = join(work, 'tree');
  const hook = join(work, 'customize.sh');
  const disk = join(work, 'disk.img');
  writeFileSync(hook, customize, { mode: 0o755 });
  const options = ['--mode=root', '--variant=minbase', '--dpkgopt=force-unsafe-io', '--aptopt=Apt::Install-Recommends false', '--quiet'];
  const hooks = [`--customize-hook=sh ${hook} "$1"`];
  execFileSync('mmdebstrap', [...options, `--include=${packages.join(',')}`, ...hooks, 'bookworm', tree], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  execFileSync('truncate', ['-s', '4G', disk]);
  execFileSync('mkfs.ext4', ['-q', '-d', tree, '-L', 'platter-root', disk]);
  return disk;
}
