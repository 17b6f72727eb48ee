/** Labels, identifiers and space, by the real tools, read again by blkid and by checksums. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AppError } from '../../../electron/ipc/errors.ts';
import { checkImage } from '../../../electron/maintenance/check-image.ts';
import { relabelImage } from '../../../electron/maintenance/relabel-image.ts';
import { sparsifyImage } from '../../../electron/maintenance/sparsify-image.ts';
import { verifyImage } from '../../../electron/maintenance/verify-image.ts';
import type { StoredVerification } from '../../../electron/library/library-document.ts';
import { blkid, codeOf, makers, MIB, run, useWorkshop } from './maintenance-fixture.ts';

const { context, folder, makeFile } = useWorkshop();
const types = Object.keys(makers) as (keyof typeof makers)[];

function make(type: keyof typeof makers, name = `${type}.img`): string {
  const path = makeFile(name, makers[type].bytes);
  makers[type].make(path);
  return path;
}

describe('labels', () => {
  test.each(types)('and identifiers of %s are written and found by blkid', async (type) => {
    const path = make(type);
    const wanted = type === 'xfs' ? 'New_Label' : type === 'vfat' ? 'NEW LABEL' : 'New Label';
    expect(await relabelImage(context, Buffer.from(path), { partition: null, label: wanted, uuid: null })).toMatchObject({ label: wanted });
    expect(blkid(path).label).toBe(wanted);
    const before = blkid(path).uuid;
    const { uuid } = await relabelImage(context, Buffer.from(path), { partition: null, label: null, uuid: 'random' });
    expect(blkid(path)).toEqual({ label: wanted, uuid });
    expect(uuid).not.toBe(before);
    expect(await relabelImage(context, Buffer.from(path), { partition: null, label: '', uuid: null })).toMatchObject({ label: null, uuid });
    expect(blkid(path).label).toBeUndefined();
  });

  test('that do not fit, or would be taken for options, change nothing', async () => {
    const path = make('ext4', 'refused.img');
    const before = readFileSync(path);
    const relabel = async (label: string | null, uuid: string | null) =>
      codeOf(relabelImage(context, Buffer.from(path), { partition: null, label, uuid }));
    expect(await relabel('a'.repeat(17), null)).toBe('LABEL_INVALID');
    expect(await relabel('-h', null)).toBe('LABEL_INVALID');
    expect(await relabel('fine', 'no uuid')).toBe('UUID_INVALID');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(await codeOf(relabelImage(context, Buffer.from(makeFile('none.img', MIB)), { partition: null, label: 'x', uuid: null }))).toBe(
      'RELABEL_UNSUPPORTED',
    );
  });

  test('of ext4 in a partition are written where it lies, whatever the file is called', async () => {
    const inner = make('ext4', 'inner.img');
    const path = makeFile('parted.img', makers.ext4.bytes + 2 * MIB);
    run('sh', '-c', `printf 'label: gpt\\nstart=2048, size=${makers.ext4.bytes / 512}\\n' | sfdisk -q ${path}`);
    const fd = openSync(path, 'r+');
    writeSync(fd, readFileSync(inner), 0, makers.ext4.bytes, MIB);
    closeSync(fd);
    const hostile = Buffer.from(join(folder, 'what?offset=0 \u202e\n.img'));
    renameSync(path, hostile);
    expect(await relabelImage(context, hostile, { partition: 1, label: 'inside', uuid: null })).toMatchObject({ label: 'inside' });
    expect(run('e2label', `${join(folder, 'inner.img')}`).trim()).toBe('');
  });
});

describe('space', () => {
  /** Data, zeroes that take space, a hole, reserved blocks, and data at the very end. */
  function makeMixed(name: string): string {
    const path = makeFile(name, 24 * MIB + 777);
    const fd = openSync(path, 'r+');
    const data = createHash('sha512').update(name).digest();
    for (let offset = 0; offset < 4 * MIB; offset += data.length) writeSync(fd, data, 0, data.length, offset);
    writeSync(fd, Buffer.alloc(8 * MIB), 0, 8 * MIB, 6 * MIB);
    writeSync(fd, data, 0, data.length, 10 * MIB + 100);
    writeSync(fd, data, 0, data.length, 24 * MIB + 700);
    closeSync(fd);
    run('fallocate', '-n', '-o', String(16 * MIB), '-l', String(4 * MIB), path);
    return path;
  }

  test('of zeroes is given back, and the content stays the same bit for bit', async () => {
    const path = makeMixed('mixed.img');
    const before = readFileSync(path);
    const result = await sparsifyImage(context, Buffer.from(path));
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(Number(result.beforeBytes)).toBeGreaterThanOrEqual(16 * MIB);
    expect(Number(result.afterBytes)).toBeLessThan(5 * MIB);
    expect(statSync(path).blocks * 512).toBe(Number(result.afterBytes));
    expect(await sparsifyImage(context, Buffer.from(path))).toMatchObject({ afterBytes: result.afterBytes });
  });

  test('of a file that another program has open stays as it is', async () => {
    const path = makeMixed('open.img');
    const before = statSync(path).blocks;
    const fd = openSync(path, 'r');
    try {
      expect(await codeOf(sparsifyImage(context, Buffer.from(path)))).toBe('FILE_IN_USE');
    } finally {
      closeSync(fd);
    }
    expect(statSync(path).blocks).toBe(before);
  });

  test('is that of files only', async () => {
    expect(await codeOf(sparsifyImage(context, Buffer.from('/dev/null')))).toBe('FILE_NOT_REGULAR');
    expect(await codeOf(sparsifyImage(context, Buffer.from(folder)))).toBe('FILE_IS_FOLDER');
  });
});

describe('a file that another program has open', () => {
  /** Holds it without writing to it: with a descriptor, or with nothing but a mapping. */
  const holders = {
    open: ['sh', ['-c', 'exec sleep 600 < "$0"']],
    mapped: [
      'python3',
      [
        '-c',
        // Python's own mmap keeps the descriptor.
        'import ctypes,os,sys,time\nf=os.open(sys.argv[1],os.O_RDONLY)\nc=ctypes.CDLL(None)\nc.mmap.argtypes=[ctypes.c_void_p,ctypes.c_size_t]+[ctypes.c_int]*3+[ctypes.c_long]\nc.mmap(None,4096,1,1,f,0)\nos.close(f)\ntime.sleep(600)',
      ],
    ],
  } as const;

  async function whileHeld(how: keyof typeof holders, path: string, work: (pid: number) => Promise<void>): Promise<void> {
    const [program, words] = holders[how];
    const child = spawn(program, [...words, path], { stdio: 'ignore' });
    try {
      const { pid = 0 } = child;
      const isThere = (): boolean =>
        how === 'open'
          ? readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n'
          : readFileSync(`/proc/${pid}/maps`, 'utf8').includes(path) && !readlinks(pid).includes(path);
      while (!isThere()) await new Promise((resolve) => void setTimeout(resolve, 5));
      await work(pid);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  }

  const readlinks = (pid: number): readonly string[] => readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));

  const works = {
    repair: async (path: string) => checkImage(context, Buffer.from(path), { partition: null, mode: 'repair' }),
    relabel: async (path: string) => relabelImage(context, Buffer.from(path), { partition: null, label: 'new', uuid: null }),
    sparsify: async (path: string) => sparsifyImage(context, Buffer.from(path)),
  };

  test.each([
    ['repair', 'open', 'sleep'],
    ['relabel', 'open', 'sleep'],
    ['sparsify', 'open', 'sleep'],
    ['repair', 'mapped', 'python3'],
    ['relabel', 'mapped', 'python3'],
  ] as const)('is not changed by %s while it is %s, and who has it is named', async (work, how, name) => {
    const path = makeFile(`held-${work}-${how}.img`, 8 * MIB);
    makers.ext4.make(path);
    run('debugfs', '-w', '-R', 'freeb 20 200', path);
    const before = readFileSync(path);
    await whileHeld(how, path, async (pid) => {
      const failure = await works[work](path).catch((error: unknown) => (error as AppError).data);
      expect(failure).toMatchObject({
        code: 'FILE_IN_USE',
        detail: { programs: [{ pid, name: expect.stringContaining(name) as string }] },
      });
      expect(readFileSync(path).equals(before)).toBe(true);
    });
    await works[work](path);
    expect(readFileSync(path).equals(before)).toBe(work === 'sparsify');
  });
});

describe('verifying', () => {
  const stored: StoredVerification[] = [];
  const verifyContext = {
    jobs: context.jobs,
    library: { verified: async (_path: Buffer, one: StoredVerification) => Promise.resolve(void stored.push(one)) },
  };

  test('computes what coreutils compute, for sparse files too', async () => {
    const path = makeFile('sums.img', 40 * MIB + 13);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(3 * MIB + 5, 'platter'), 0, 3 * MIB + 5, 11 * MIB + 1);
    closeSync(fd);
    const { sums, outcome } = await verifyImage(verifyContext, Buffer.from(path), {
      algorithms: ['md5', 'sha256', 'sha512'],
      expected: null,
      beside: false,
    });
    const sumOf = (program: string): string => run(program, path).split(' ')[0] ?? '';
    expect(sums).toEqual({ md5: sumOf('md5sum'), sha256: sumOf('sha256sum'), sha512: sumOf('sha512sum') });
    expect(outcome).toBe('computed');
    const empty = makeFile('empty.img', 0);
    expect((await verifyImage(verifyContext, Buffer.from(empty), { algorithms: ['md5'], expected: null, beside: false })).sums.md5).toBe(
      'd41d8cd98f00b204e9800998ecf8427e',
    );
  });

  test('compares with what was pasted and with the files beside the image', async () => {
    const path = makeFile('compared.img', 2 * MIB);
    const sum = run('sha512sum', path).split(' ')[0] ?? '';
    const verify = async (expected: string | null, beside: boolean) =>
      verifyImage(verifyContext, Buffer.from(path), { algorithms: [], expected, beside });
    expect(await verify(sum, false)).toEqual({ sums: { sha512: sum }, outcome: 'matches', against: null });
    expect(await verify('0'.repeat(128), false)).toMatchObject({ outcome: 'differs', against: null });
    expect(await codeOf(verify('not a checksum', false))).toBe('CHECKSUM_INVALID');
    writeFileSync(join(folder, 'SHA512SUMS'), `${sum} *compared.img\n`);
    expect(await verify(null, true)).toEqual({ sums: { sha512: sum }, outcome: 'matches', against: 'SHA512SUMS' });
    writeFileSync(join(folder, 'compared.img.md5'), `${'1'.repeat(32)}\n`);
    expect(await verify(null, true)).toMatchObject({ outcome: 'differs', against: 'compared.img.md5' });
    expect(stored.at(-1)).toMatchObject({ outcome: 'differs', print: { sizeBytes: String(2 * MIB) } });
  });

  test('says when somebody wrote to the file meanwhile', async () => {
    const path = makeFile('written.img', 64 * MIB);
    const jobs: typeof context.jobs = {
      run: async (_request, work) =>
        work(new AbortController().signal, () => {
          writeFileSync(path, 'x', { flag: 'r+' });
        }),
    };
    expect(
      await codeOf(verifyImage({ ...verifyContext, jobs }, Buffer.from(path), { algorithms: ['md5'], expected: null, beside: false })),
    ).toBe('FILE_CHANGED');
  });

  test('ends when it is called off', async () => {
    const path = makeFile('long.img', 64 * 1024 * MIB);
    const abort = new AbortController();
    const jobs: typeof context.jobs = {
      run: async (_request, work) =>
        work(abort.signal, ({ bytesDone }) => {
          if ((bytesDone ?? 0n) > 0n) abort.abort();
        }),
    };
    expect(
      await codeOf(verifyImage({ ...verifyContext, jobs }, Buffer.from(path), { algorithms: ['md5'], expected: null, beside: false })),
    ).toBe('CANCELLED');
  });
});
