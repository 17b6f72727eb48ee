/**
 * Debian's own kernels for the test machine: downloaded with apt-get, unpacked outside the repository, never installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Meta packages whose newest kernel is booted: bookworm's own, and the newer one that its updates carry. */
export const kernelPackages = { '6.1': 'linux-image-amd64', '6.12': 'linux-image-6.12-amd64' } as const;
export type KernelName = keyof typeof kernelPackages;

/** Where downloaded kernels, initramfs and disks are kept between runs. */
export const cacheFolder = join(process.env['PLATTER_VM_CACHE'] ?? '/var/cache/platter', 'vm');

export interface Kernel {
  /** As `uname -r` says it. */
  readonly release: string;
  readonly imagePath: string;
  /** Folder that holds lib/modules/RELEASE. */
  readonly root: string;
}

/**
 * The package that a meta package stands for now, such as linux-image-6.1.0-50-amd64; null when apt knows none, which it is asked once: each
 * look into its lists takes a second.
 */
function findConcretePackage(name: KernelName): string | null {
  let found = concretePackages.get(name);
  if (found === undefined) {
    found = askForConcretePackage(kernelPackages[name]);
    concretePackages.set(name, found);
  }
  return found;
}
const concretePackages = new Map<KernelName, string | null>();

function askForConcretePackage(metaPackage: string): string | null {
  const { stdout } = spawnSync('apt-cache', ['depends', metaPackage], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return /Depends: (?<name>linux-image-[0-9]\S+)/u.exec(stdout)?.groups?.['name'] ?? null;
}

/** Whether apt can download it here; where apt has no lists of packages, it gets them first. */
export function isKernelKnown(name: KernelName): boolean {
  if (findConcretePackage('6.1') === null) {
    spawnSync('apt-get', ['-qq', 'update'], { stdio: 'inherit' });
    concretePackages.clear();
  }
  return findConcretePackage(name) !== null;
}

/** Downloads and unpacks a kernel unless the cache has that version already. */
export function provideKernel(name: KernelName): Kernel {
  const packageName = isKernelKnown(name) ? findConcretePackage(name) : null;
  if (packageName === null) throw new Error(`apt knows no ${kernelPackages[name]}: its lists are for another Debian`);
  const root = join(cacheFolder, packageName);
  if (!existsSync(root)) unpack(packageName, root);
  const release = readdirSync(join(root, 'lib/modules'))[0];
  if (release === undefined) throw new Error(`${packageName} holds no modules`);
  return { release, imagePath: join(root, 'boot', `vmlinux-${release}`), root };
}

/** Compression of the kernel inside its boot wrapper: first bytes of the stream, and the program that unpacks it. */
const compressions = [
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), program: 'xz' },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), program: 'zstd' },
];

/** Writes the ELF kernel that is inside vmlinuz: without the unpacking at boot the machine starts seconds earlier. */
export function extractKernel(wrapped: string, target: string): void {
  const bytes = readFileSync(wrapped);
  for (const { magic, program } of compressions) {
    for (let start = bytes.indexOf(magic); start !== -1; start = bytes.indexOf(magic, start + 1)) {
      // The programs complain of what follows the stream; what they wrote decides.
      const { stdout } = spawnSync(program, ['-dc'], {
        input: bytes.subarray(start),
        maxBuffer: 2 ** 28,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      if (stdout?.subarray(0, 4).toString('latin1') === '\x7fELF') return writeFileSync(target, stdout);
    }
  }
  throw new Error(`${wrapped} holds no kernel that xz or zstd can unpack`);
}

function unpack(packageName: string, root: string): void {
  mkdirSync(cacheFolder, { recursive: true });
  const work = mkdtempSync(join(cacheFolder, 'unpacking-'));
  try {
    execFileSync('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', packageName], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [packageFile] = readdirSync(work);
    if (packageFile === undefined) throw new Error(`apt-get downloaded nothing for ${packageName}`);
    const unpacked = join(work, 'root');
    execFileSync('dpkg-deb', ['-x', join(work, packageFile), unpacked]);
    const release = readdirSync(join(unpacked, 'lib/modules'))[0] ?? '';
    execFileSync('depmod', ['-b', unpacked, release]);
    extractKernel(join(unpacked, 'boot', `vmlinuz-${release}`), join(unpacked, 'boot', `vmlinux-${release}`));
    renameSync(unpacked, root);
  } catch (error) {
    // Another machine that starts now needs the same kernel.
    if (!existsSync(root)) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
