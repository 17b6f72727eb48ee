/** Opening images by what is in them: what is left out, what is refused, and that a failure leaves nothing. As root, on real devices. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { release } from 'node:os';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { AppErrorData } from '../../../electron/ipc/errors.ts';
import type { OpenOutcome } from '../../../electron/ipc/opening.ts';
import { gptImage } from '../../fakes/made-images.ts';
import { call, device, failure, folder, idOf, makeImage, MIB, ownDevices, reply, until, useApp } from './app-fixture.ts';

useApp();
const media = '/run/media/root';

/** As the types of libblkid that Platter mounts, with their makers. */
const optionalTypes = [
  { type: 'vfat', module: 'vfat', make: (path: string) => ['mkfs.fat', '-n', 'EXTRA', path] },
  { type: 'exfat', module: 'exfat', make: (path: string) => ['mkfs.exfat', '-L', 'Extra', path] },
  { type: 'ntfs', module: 'ntfs3', make: (path: string) => ['mkntfs', '-q', '-F', '-L', 'Extra', path] },
] as const;
const known = readFileSync('/proc/filesystems', 'latin1');
/** A type that this kernel has no driver for, nor a module of one. */
const missingType = optionalTypes.find(
  ({ module }) => !known.includes(`\t${module}\n`) && !existsSync(join('/lib/modules', release(), 'kernel/fs', module)),
);

afterEach(async () => {
  for (const name of ownDevices()) {
    const seen = await device(Number(name.slice('loop'.length)));
    await call('devices/detach', { device: seen.number, diskseq: seen.diskseq, whenFree: false });
  }
  expect(ownMounts()).toEqual([]);
});

function ownMounts(): string[] {
  const ours = ownDevices();
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => ours.some((name) => new RegExp(` /dev/${name}(?:p[0-9]+)? `, 'u').test(line)))
    .map((line) => line.split(' ')[4] ?? '');
}

function run([program = '', ...args]: readonly string[]): void {
  execFileSync(program, args, { stdio: 'pipe', env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
}

function ext4(label: string): string {
  const path = makeImage(16 * MIB);
  // Blocks of 4096 bytes: no smaller ones can be mounted on sectors of that size.
  run(['mke2fs', '-q', '-t', 'ext4', '-b', '4096', '-L', label, path]);
  return path;
}

/** A GPT with what these files hold, one after the other, each at a whole mebibyte. */
function partitioned(parts: readonly string[]): string {
  const sizes = parts.map((part) => readFileSync(part).length / MIB);
  const path = makeImage((sizes.reduce((sum, size) => sum + size, 0) + 2) * MIB);
  execFileSync('sfdisk', ['-q', path], { input: ['label: gpt', ...sizes.map((size) => `size=${size}M`)].join('\n') });
  let at = 1;
  parts.forEach((part, index) => {
    execFileSync('dd', [`if=${part}`, `of=${path}`, 'bs=1M', `seek=${at}`, 'conv=notrunc,sparse', 'status=none']);
    at += sizes[index] ?? 0;
  });
  return path;
}

/** The header of LUKS version 1 (cryptsetup, LUKS On-Disk Format Specification 1.2.3); nothing else looks at the rest. */
function luks(): string {
  const path = makeImage(4 * MIB);
  const header = Buffer.alloc(592);
  header.write('LUKS\xba\xbe', 'latin1');
  header.writeUInt16BE(1, 6);
  header.write('aes', 8, 'latin1');
  header.write('3f2504e0-4f89-11d3-9a0c-0305e82c3301', 168, 'latin1');
  writeAt(path, header, 0);
  return path;
}

function writeAt(path: string, bytes: Buffer, at: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

async function open(path: string): Promise<OpenOutcome> {
  return call('images/open', { image: idOf(path) });
}

async function refusal(path: string): Promise<AppErrorData> {
  return failure('images/open', { image: idOf(path) });
}

describe('an opened image', () => {
  test('with several file systems has all of them mounted', async () => {
    const { mounts, notMounted } = await open(partitioned([ext4('One'), ext4('Two')]));
    expect(mounts.map(({ partition, mountPoint }) => [partition, mountPoint])).toEqual([
      [1, `${media}/One`],
      [2, `${media}/Two`],
    ]);
    expect(notMounted).toEqual([]);
  });

  test('with an encrypted partition says so and mounts the others', async () => {
    const { mounts, notMounted } = await open(partitioned([ext4('Plain'), luks()]));
    expect(mounts).toMatchObject([{ partition: 1 }]);
    expect(notMounted).toEqual([{ partition: 2, type: 'crypto_LUKS', reason: 'encrypted' }]);
  });

  test('that is encrypted as a whole is attached and says so', async () => {
    const { mounts, notMounted, nothingToMount } = await open(luks());
    expect([mounts, nothingToMount]).toEqual([[], true]);
    expect(notMounted).toEqual([{ partition: null, type: 'crypto_LUKS', reason: 'encrypted' }]);
  });

  test('made for sectors of 4096 bytes is attached with these', async () => {
    const path = makeImage();
    writeFileSync(path, gptImage([{ startSector: 512, sectors: 4096 }], 8192, 4096));
    writeAt(path, readFileSync(ext4('Large')), 512 * 4096);
    const { device: number, mounts } = await open(path);
    expect((await device(number)).logicalBlockSizeBytes).toBe(4096);
    expect(mounts).toMatchObject([{ partition: 1, mountPoint: `${media}/Large` }]);
  });

  test.skipIf(missingType === undefined)('keeps what works where this kernel has no driver for the rest', async () => {
    if (missingType === undefined) return;
    const other = makeImage(16 * MIB);
    run(missingType.make(other));
    const { mounts, notMounted } = await open(partitioned([ext4('Works'), other]));
    expect(mounts).toMatchObject([{ partition: 1, mountPoint: `${media}/Works` }]);
    expect(notMounted).toEqual([{ partition: 2, type: missingType.type, reason: 'no-driver' }]);
  });

  test.skipIf(missingType === undefined)('of which this kernel can mount nothing is refused and leaves nothing', async () => {
    if (missingType === undefined) return;
    const path = makeImage(16 * MIB);
    run(missingType.make(path));
    expect((await refusal(path)).code).toBe('FILE_SYSTEM_UNSUPPORTED');
    expect(ownDevices()).toEqual([]);
  });
});

describe('a file that cannot be opened leaves nothing', () => {
  test('being a container or compressed, and says what it is', async () => {
    const qcow2 = makeImage();
    run(['qemu-img', 'create', '-q', '-f', 'qcow2', qcow2, '64M']);
    expect(await refusal(qcow2)).toMatchObject({
      code: 'IMAGE_NOT_RAW',
      format: { kind: 'container', name: 'qcow2', virtualSizeBytes: String(64 * MIB) },
    });
    const gzip = join(folder, 'packed.img.gz');
    writeFileSync(gzip, gzipSync(Buffer.alloc(MIB)));
    expect(await refusal(gzip)).toMatchObject({ code: 'IMAGE_NOT_RAW', format: { kind: 'compressed', unpackedBytes: String(MIB) } });
    expect(ownDevices()).toEqual([]);
  });

  test('being broken, fifty times, alone and beside a good partition', async () => {
    const broken = ext4('Broken');
    // The superblock stays; the group descriptors and everything else are gone.
    execFileSync('dd', ['if=/dev/urandom', `of=${broken}`, 'bs=4096', 'seek=1', 'count=1024', 'conv=notrunc', 'status=none']);
    const half = partitioned([ext4('Good'), broken]);
    // Only those of this test: others mount there, too.
    const folders = (): string[] => (existsSync(media) ? readdirSync(media).filter((name) => /^(?:Broken|Good)/u.test(name)) : []);
    const before = folders();
    const descriptors = readdirSync('/proc/self/fd').length;
    for (let attempt = 0; attempt < 50; attempt += 1) {
      expect((await refusal(attempt % 2 === 0 ? broken : half)).code).toBe('FILE_SYSTEM_INVALID');
      expect([ownDevices(), ownMounts()]).toEqual([[], []]);
    }
    expect(folders()).toEqual(before);
    await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(descriptors);
  });

  test('while somebody shortens, fills and replaces it, thirty times', async () => {
    const [good, path] = [ext4('Restless'), makeImage(16 * MIB)];
    const restless = `import os,random,sys
good, path = open(sys.argv[1], 'rb').read(), sys.argv[2]
while True:
  f = open(path + '.new', 'wb'); f.write(good); f.close(); os.rename(path + '.new', path)
  os.truncate(path, random.choice([0, 512, 4096, 1 << 20, 9 << 20]))
  f = open(path, 'r+b'); f.write(good); f.close()`;
    const program = spawn('python3', ['-c', restless, good, path], { stdio: 'ignore' });
    const outcomes = new Map<string, number>();
    try {
      for (let round = 0; round < 30; round += 1) {
        const answer = await reply('images/open', { image: idOf(path) });
        const outcome = answer.ok ? 'opened' : answer.error.code;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (answer.ok) {
          const seen = await device(answer.value.device);
          await call('devices/detach', { device: seen.number, diskseq: seen.diskseq, whenFree: false });
        }
        await until(() => ownDevices().length === 0);
        expect(ownMounts()).toEqual([]);
      }
    } finally {
      program.kill('SIGKILL');
      await once(program, 'close');
    }
    expect([...outcomes.keys()].filter((one) => one === 'INTERNAL')).toEqual([]);
    writeFileSync(path, readFileSync(good));
    expect((await open(path)).mounts).toMatchObject([{ mountPoint: `${media}/Restless` }]);
  });
});

describe('an inspection', () => {
  test('names the device that has the file, and whatever has the same UUID', async () => {
    const path = ext4('Same');
    const copy = makeImage(16 * MIB);
    writeFileSync(copy, readFileSync(path));
    const { device: number } = await open(path);
    await device(number);
    const own = await call('images/inspect', { image: idOf(path) });
    expect([own.attachedAs, own.findings]).toEqual([[number], []]);
    const other = await call('images/inspect', { image: idOf(copy) });
    expect(other.attachedAs).toEqual([]);
    expect(other.findings).toMatchObject([{ code: 'uuid-clash', partition: null, where: `/dev/loop${number}`, what: other.whole?.uuid }]);
  });
});
