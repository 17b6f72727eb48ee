/**
 * The small first root file system of a test machine: busybox and the modules that reach its real root, which is either the
 * host's files over 9p, read-only under a tmpfs, or the machine's own disk.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder, type Kernel } from './kernel-package.ts';

export type RootKind = 'host-files' | 'disk';

const bootModules: Readonly<Record<RootKind, readonly string[]>> = {
  'host-files': ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_blk', 'ext4', 'virtio_rng'],
  disk: ['virtio_pci', '9pnet_virtio', '9p', 'virtio_blk', 'ext4', 'virtio_rng'],
};

/** Module files in the order in which insmod takes them. */
function moduleFiles(kernel: Kernel, names: readonly string[]): readonly string[] {
  const files: string[] = [];
  for (const name of names) {
    const text = execFileSync('modprobe', ['-d', kernel.root, '-S', kernel.release, '--show-depends', name], { encoding: 'utf8' });
    for (const line of text.split('\n')) {
      const file = /^insmod (?<file>\S+)/u.exec(line)?.groups?.['file'];
      if (file !== undefined && !files.includes(file)) files.push(file);
    }
  }
  return files;
}

/** Puts this kernel's modules where the new root looks for them. */
function modulesSteps(kernel: Kernel): string {
  return `
/bin/busybox mkdir -p /modules /root/usr/lib/modules/${kernel.release}
share modules /modules cache=loose,ro
/bin/busybox mount --bind /modules /root/usr/lib/modules/${kernel.release}`;
}

/** Makes the disk the root and starts its systemd. */
function diskSteps(kernel: Kernel): string {
  return `
/bin/busybox mkdir -p /root
until [ -b /dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 /dev/vda /root
${modulesSteps(kernel)}
for folder in proc sys dev; do /bin/busybox mount --move /$folder /root/$folder; done
exec /bin/busybox switch_root /root /sbin/init
`;
}

/** Makes the host's files the root, with this kernel's modules in their place, and starts guest-init.sh. */
function hostFilesSteps(kernel: Kernel): string {
  return `
/bin/busybox mkdir -p /host /upper /root
share host /host cache=loose,ro
/bin/busybox mount -t tmpfs -o size=75% tmpfs /upper
/bin/busybox mkdir -p /upper/files /upper/work
/bin/busybox mount -t overlay -o lowerdir=/host,upperdir=/upper/files,workdir=/upper/work overlay /root
${modulesSteps(kernel)}
for folder in proc sys dev; do /bin/busybox mount --move /$folder /root/$folder; done
/bin/busybox mount -t tmpfs -o mode=755 tmpfs /root/run
/bin/busybox mkdir -p /root/run/host-tmp
/bin/busybox mount --bind /root/tmp /root/run/host-tmp
until [ -b /root/dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 /root/dev/vda /root/tmp
/bin/busybox chmod 1777 /root/tmp
/bin/busybox mkdir -p /root/run/vm
share job /root/run/vm cache=none,rw
exec /bin/busybox switch_root /root /bin/sh /run/vm/guest-init.sh
`;
}

function initScript(modules: readonly string[], steps: string): string {
  const load = modules.map((file) => `/bin/busybox insmod /boot-modules/${basename(file)}`).join('\n');
  return `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
share() { /bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,$3 "$1" "$2"; }
${load}
${steps}`;
}

/** Makes the initramfs of a kernel, or takes the one in the cache when this file has not changed. Returns its path. */
export function provideInitramfs(kernel: Kernel, root: RootKind): string {
  const recipe = createHash('sha256')
    .update(readFileSync(new URL(import.meta.url)))
    .digest('hex')
    .slice(0, 16);
  const target = join(cacheFolder, `initramfs-${kernel.release}-${root}-${recipe}.gz`);
  if (existsSync(target)) return target;
  const work = mkdtempSync(join(cacheFolder, 'initramfs-'));
  try {
    const tree = join(work, 'tree');
    mkdirSync(join(tree, 'bin'), { recursive: true });
    mkdirSync(join(tree, 'boot-modules'));
    copyFileSync('/bin/busybox', join(tree, 'bin/busybox'));
    chmodSync(join(tree, 'bin/busybox'), 0o755);
    const modules = moduleFiles(kernel, bootModules[root]);
    for (const file of modules) copyFileSync(file, join(tree, 'boot-modules', basename(file)));
    writeFileSync(join(tree, 'init'), initScript(modules, root === 'disk' ? diskSteps(kernel) : hostFilesSteps(kernel)), { mode: 0o755 });
    const archive = join(work, 'initramfs.gz');
    execFileSync('/bin/sh', ['-c', 'find . | /bin/busybox cpio -o -H newc | gzip -1 > "$0"', archive], {
      cwd: tree,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    renameSync(archive, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}
