/** What the packages need and suggest of the system, in the names of both families of distributions. */

interface Needs {
  readonly deb: readonly string[];
  readonly rpm: readonly string[];
}

/** Libraries that the window and libblkid's reader load; `t64`: names since Debian 13 and Ubuntu 24.04. */
export const dependsOf: Needs = {
  deb: [
    'libc6 (>= 2.28)',
    'libstdc++6',
    'libasound2 | libasound2t64',
    'libatk-bridge2.0-0 | libatk-bridge2.0-0t64',
    'libatk1.0-0 | libatk1.0-0t64',
    'libatspi2.0-0 | libatspi2.0-0t64',
    'libblkid1',
    'libcairo2',
    'libcups2 | libcups2t64',
    'libdbus-1-3',
    'libdrm2',
    'libexpat1',
    'libgbm1',
    'libglib2.0-0 | libglib2.0-0t64',
    'libgtk-3-0 | libgtk-3-0t64',
    'libnotify4',
    'libnspr4',
    'libnss3',
    'libpango-1.0-0',
    'libx11-6',
    'libxcb1',
    'libxcomposite1',
    'libxdamage1',
    'libxext6',
    'libxfixes3',
    'libxkbcommon0',
    'libxrandr2',
    'xdg-utils',
  ],
  rpm: [
    'alsa-lib',
    'at-spi2-core',
    'cups-libs',
    'gtk3',
    'libblkid',
    'libdrm',
    'libnotify',
    'libxkbcommon',
    'mesa-libgbm',
    'nss',
    'util-linux',
    'xdg-utils',
  ],
};

/** Without polkit only looking is possible; the rest are tools of single file systems and formats, named when one is missing. */
export const recommendsOf: Needs = {
  deb: [
    'pkexec | policykit-1',
    'polkitd | policykit-1',
    'e2fsprogs',
    'dosfstools',
    'fdisk',
    'exfatprogs',
    'ntfs-3g',
    'xfsprogs',
    'btrfs-progs',
    'squashfs-tools',
    'xorriso',
    'qemu-utils',
  ],
  rpm: ['polkit', 'e2fsprogs', 'dosfstools', 'exfatprogs', 'ntfsprogs', 'xfsprogs', 'btrfs-progs', 'squashfs-tools', 'xorriso', 'qemu-img'],
};
