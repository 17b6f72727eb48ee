/**
 * The disk of the desktop machine: a small Debian with systemd, logind, polkit, udev and udisks2 and one ordinary user who is
 * logged in on the first console. Made once, kept outside the repository; every run works on an overlay that is thrown away.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './kernel-package.ts';

const packages = [
  // The machine; its kernel and modules come from outside (initramfs.ts).
  ...['systemd-sysv', 'udev', 'dbus', 'dbus-user-session', 'libpam-systemd', 'polkitd', 'pkexec', 'udisks2'],
  ...['util-linux', 'mount', 'fdisk', 'e2fsprogs', 'dosfstools', 'kmod', 'kbd', 'login', 'passwd', 'procps', 'acl', 'iproute2'],
  ...['openssh-server', 'openssh-client'],
  // What would take part in an image on its own account: its rules for udev must pass over ours.
  ...['lvm2', 'mdadm', 'btrfs-progs'],
  // What a desktop opens files with.
  ...['xdg-utils', 'libglib2.0-bin', 'desktop-file-utils', 'shared-mime-info'],
  // What the window needs.
  ...['xvfb', 'xauth', 'fonts-dejavu-core', 'libnss3', 'libatk-bridge2.0-0', 'libgtk-3-0', 'libgbm1', 'libasound2', 'libdrm2'],
  ...['libnotify4', 'libsecret-1-0', 'libxss1', 'libxtst6', 'libatspi2.0-0', 'libuuid1'],
];

/**
 * The ordinary users: one in front on the first console, one logged in on the second, one who never logs in, and an administrator
 * who does not either, so that polkit has somebody to ask for.
 */
export const desktopUsers = { active: 'maria', background: 'otto', absent: 'nora', administrator: 'ada' } as const;

/** In the home of the active user, mounted by Platter when the machine is switched off, with `content` just written to its file `late`. */
export const lastImage = {
  name: 'last.img',
  path: `/home/${desktopUsers.active}/last.img`,
  content: 'written at the last moment',
} as const;

const customize = `set -e
uid=1001
for user in ${Object.values(desktopUsers).join(' ')}; do
  chroot "$1" useradd -m -u $uid -s /bin/bash $user
  uid=$((uid + 1))
done
chroot "$1" usermod -aG sudo ${desktopUsers.administrator}
chroot "$1" passwd -d root
echo platter-test > "$1/etc/hostname"
for console in 'tty1 ${desktopUsers.active}' 'tty2 ${desktopUsers.background}'; do
  set -- "$1" $console
  folder="$1/etc/systemd/system/getty@$2.service.d"
  mkdir -p "$folder"
  printf '[Service]\\nExecStart=\\nExecStart=-/sbin/agetty --autologin %s --noclear %%I linux\\n' "$3" > "$folder/autologin.conf"
done
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
chroot "$1" systemctl enable platter-job.service getty@tty2.service
chroot "$1" systemctl disable ssh.service
chroot "$1" systemctl mask serial-getty@ttyS0.service serial-getty@ttyS1.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer
# What kept manual pages and translations out of this disk must not keep them out of packages under test.
rm -f "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
`;

const options = [
  ...['--mode=root', '--variant=minbase', '--quiet', '--aptopt=Apt::Install-Recommends false', '--dpkgopt=force-unsafe-io'],
  ...['man', 'locale', 'doc', 'info'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
];

/** Makes the disk (about two minutes) unless the cache holds the one of this recipe. Returns its path. */
export function provideDesktopDisk(): string {
  const recipe = createHash('sha256')
    .update(JSON.stringify([packages, customize, options]))
    .digest('hex')
    .slice(0, 16);
  const disk = join(cacheFolder, `desktop-${recipe}.img`);
  if (existsSync(disk)) return disk;
  mkdirSync(cacheFolder, { recursive: true });
  removeAbandoned();
  const work = mkdtempSync(join(cacheFolder, `making-desktop-${process.pid}-`));
  try {
    renameSync(makeDisk(work), disk);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return disk;
}

/** What makers left that were killed. */
function removeAbandoned(): void {
  for (const name of readdirSync(cacheFolder)) {
    const maker = /^making-desktop-(?<pid>\d+)-/u.exec(name)?.groups?.['pid'];
    if (maker !== undefined && !existsSync(`/proc/${maker}`)) rmSync(join(cacheFolder, name), { recursive: true, force: true });
  }
}

/** Programs and mounts that end with this process, however that ends. */
const ownSpace = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

function makeDisk(work: string): string {
  const tree = join(work, 'tree');
  const hook = join(work, 'customize.sh');
  const disk = join(work, 'disk.img');
  writeFileSync(hook, customize, { mode: 0o755 });
  const hooks = [`--customize-hook=sh ${hook} "$1"`];
  const debootstrap = ['mmdebstrap', ...options, `--include=${packages.join(',')}`, ...hooks, 'bookworm', tree];
  execFileSync('setpriv', [...ownSpace, ...debootstrap], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('truncate', ['-s', '4G', disk]);
  execFileSync('mkfs.ext4', ['-q', '-d', tree, '-L', 'platter-root', disk]);
  return disk;
}
