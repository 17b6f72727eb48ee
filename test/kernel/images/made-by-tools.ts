/** Images of every type that inspection knows, made by the system's own tools. Needs them; runs without root's help. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const MIB = 1024 * 1024;

type Maker = (path: string, folder: string) => void;

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH: programPath, LC_ALL: 'C' },
  });
}
const programPath = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

function sized(bytes: number, program: string, ...args: readonly string[]): Maker {
  return (path) => {
    writeFileSync(path, '');
    truncateSync(path, bytes);
    run(program, ...args, path);
  };
}

/** Files worth 3 MiB that do not pack well. */
export function makeTree(folder: string): string {
  const tree = join(folder, 'tree');
  mkdirSync(tree, { recursive: true });
  const noise = Buffer.alloc(3 * MIB);
  let value = 1;
  for (let at = 0; at < noise.length; at += 4) {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    noise.writeUInt32LE(value, at);
  }
  writeFileSync(join(tree, 'noise'), noise);
  writeFileSync(join(tree, 'text'), 'hello\n'.repeat(1000));
  return tree;
}

function partitioned(bytes: number, script: string): Maker {
  return (path) => {
    writeFileSync(path, '');
    truncateSync(path, bytes);
    execFileSync('sfdisk', ['-q', path], { input: script, env: { ...process.env, PATH: programPath } });
  };
}

function converted(format: string, ...options: readonly string[]): Maker {
  return (path) => void run('qemu-img', 'create', '-q', '-f', format, ...options, path, '48M');
}

function packed(program: string, ...options: readonly string[]): Maker {
  return (path, folder) => {
    const raw = join(folder, 'to-pack.img');
    sized(8 * MIB, 'mke2fs', '-q', '-t', 'ext4', '-F')(raw, folder);
    const { status, stdout } = spawnSync(program, [...options, '-c', raw], { maxBuffer: 64 * MIB });
    if (status !== 0) throw new Error(`${program} ended with ${status}`);
    writeFileSync(path, stdout);
  };
}

/** By what libblkid, or the format, is called. */
export const fileSystems: Readonly<Record<string, Maker>> = {
  ext2: sized(16 * MIB, 'mke2fs', '-q', '-F', '-t', 'ext2', '-L', 'Name'),
  ext3: sized(16 * MIB, 'mke2fs', '-q', '-F', '-t', 'ext3', '-L', 'Name'),
  ext4: sized(32 * MIB, 'mke2fs', '-q', '-F', '-t', 'ext4', '-L', 'Name'),
  xfs: sized(320 * MIB, 'mkfs.xfs', '-q', '-L', 'Name'),
  btrfs: sized(128 * MIB, 'mkfs.btrfs', '-q', '-L', 'Name'),
  'vfat, 12 bits': sized(2 * MIB, 'mkfs.fat', '-F', '12', '-n', 'NAME'),
  'vfat, 16 bits': sized(32 * MIB, 'mkfs.fat', '-F', '16', '-n', 'NAME'),
  'vfat, 32 bits': sized(80 * MIB, 'mkfs.fat', '-F', '32', '-n', 'NAME'),
  exfat: sized(64 * MIB, 'mkfs.exfat', '-L', 'Name'),
  ntfs: sized(64 * MIB, 'mkntfs', '-q', '-F', '-L', 'Name'),
  f2fs: sized(64 * MIB, 'mkfs.f2fs', '-q', '-l', 'Name'),
  udf: sized(16 * MIB, 'mkudffs', '--label=Name'),
  swap: sized(8 * MIB, 'mkswap', '-q', '-L', 'Name'),
  iso9660: (path, folder) => void run('xorriso', '-as', 'mkisofs', '-quiet', '-V', 'NAME', '-J', '-R', '-o', path, makeTree(folder)),
  squashfs: (path, folder) => void run('mksquashfs', makeTree(folder), path, '-quiet', '-no-progress', '-noappend'),
  erofs: (path, folder) => void run('mkfs.erofs', path, makeTree(folder)),
};

export const tables: Readonly<Record<string, Maker>> = {
  gpt: partitioned(64 * MIB, 'label: gpt\nsize=16M,type=U,name="EFI Ä"\nsize=20M,type=L,attrs="LegacyBIOSBootable"\nsize=4M,type=S\n'),
  mbr: partitioned(64 * MIB, 'label: dos\nsize=10M,type=c,bootable\nsize=10M,type=83\ntype=5\nsize=5M,type=82\nsize=6M,type=83\n'),
};

export const containers: Readonly<Record<string, Maker>> = {
  qcow2: converted('qcow2'),
  vhd: converted('vpc', '-o', 'subformat=dynamic,force_size=on'),
  'vhd, fixed': converted('vpc', '-o', 'subformat=fixed,force_size=on'),
  vhdx: converted('vhdx'),
  vmdk: converted('vmdk'),
  vdi: converted('vdi'),
};

export const compressed: Readonly<Record<string, Maker>> = {
  gzip: packed('gzip'),
  xz: packed('xz', '-T1'),
  zstd: packed('zstd', '-q'),
  bzip2: packed('bzip2'),
  zip: (path, folder) => {
    const raw = join(folder, 'inside.img');
    sized(8 * MIB, 'mke2fs', '-q', '-t', 'ext4', '-F')(raw, folder);
    run('zip', '-q', '-j', path, raw);
  },
};

export const allMakers: Readonly<Record<string, Maker>> = { ...fileSystems, ...tables, ...containers, ...compressed };
