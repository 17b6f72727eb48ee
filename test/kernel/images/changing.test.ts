/** Files that another program writes, shortens and replaces while they are looked into, copied, converted and verified. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inspectFile } from '../../../electron/images/inspect.ts';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { planConversion } from '../../../electron/images/making/convert-image.ts';
import { planImage } from '../../../electron/images/making/create-image.ts';
import { planExport } from '../../../electron/images/making/export-image.ts';
import { AppError, type AppErrorCode } from '../../../electron/ipc/errors.ts';
import type { JobProgress } from '../../../electron/jobs/jobs.ts';
import { verifyImage } from '../../../electron/maintenance/verify-image.ts';

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'platter-changing-'));
const worker = new ImageWorker();
afterAll(async () => {
  await worker.close();
  rmSync(folder, { recursive: true });
});

async function codeOf(work: Promise<unknown>): Promise<AppErrorCode | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof AppError) return error.data.code;
    throw error;
  }
}

/** A table with an ext4 in its one partition, and an image without a table, for one name by turns. */
function makeTwo(): readonly [string, string] {
  const [table, plain] = [join(folder, 'table.img'), join(folder, 'plain.img')];
  for (const path of [table, plain]) {
    writeFileSync(path, '');
    truncateSync(path, 24 * MIB);
  }
  execFileSync('sfdisk', ['-q', table], { input: 'label: gpt\nstart=2048, size=32768\n' });
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', 'Inside', '-E', `offset=${MIB}`, table, '16M']);
  execFileSync('mkfs.fat', ['-n', 'PLAIN', plain]);
  return [table, plain];
}

const restless: Readonly<Record<string, string>> = {
  'shortened and filled again': `
while True:
  os.truncate(path, random.choice([0, 511, 512, 1024, 40000, 1 << 20, (1 << 20) + 1500, 20 << 20]))
  f = open(path, 'r+b'); f.write(table); f.close()`,
  'replaced by another': `
while True:
  for content in (plain, table, b''):
    f = open(path + '.new', 'wb'); f.write(content); f.close()
    os.rename(path + '.new', path)`,
  'filled with noise in places': `
f = open(path, 'r+b', buffering=0)
while True:
  at = random.choice([0, 440, 512, 1024, (1 << 20) + 1024, (1 << 20) + 1080, (24 << 20) - 512])
  f.seek(at); f.write(random.randbytes(64)); f.seek(at); f.write(table[at:at + 64])`,
};

test.each(Object.keys(restless))(
  'a file that is being %s is an error or a picture, never a hang, and the next one is right',
  async (how) => {
    const [table, plain] = makeTwo();
    const path = join(folder, 'restless.img');
    copyFileSync(table, path);
    const program = `import os,random,sys\npath,table,plain=sys.argv[1],open(sys.argv[2],'rb').read(),open(sys.argv[3],'rb').read()\n${restless[how]}`;
    const child = spawn('python3', ['-c', program, path, table, plain], { stdio: 'ignore' });
    const seen = new Set<string>();
    const [pid] = [worker.pid];
    try {
      const until = performance.now() + 4000;
      for (let round = 0; round < 40 || performance.now() < until; round += 1) {
        const outcome = await inspectFile({ worker, devices: [] }, Buffer.from(path)).then(
          ({ sizeBytes, table: found, whole }) => {
            expect(Number(sizeBytes)).toBeLessThanOrEqual(24 * MIB);
            return found === null ? `whole ${whole?.type ?? ''}` : `table ${found.partitions[0]?.content.type ?? ''}`;
          },
          (error: unknown) => {
            if (!(error instanceof AppError)) throw error;
            return error.data.code;
          },
        );
        seen.add(outcome);
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    expect([...seen].filter((one) => !/^(?:whole|table) |^PROBE_FAILED$/u.test(one))).toEqual([]);
    // It really changed under the worker, and that has lost no process by it.
    expect([seen.size > 1, pid === undefined || worker.pid === pid]).toEqual([true, true]);
    copyFileSync(table, path);
    expect((await inspectFile({ worker, devices: [] }, Buffer.from(path))).table?.partitions).toMatchObject([
      { content: { type: 'ext4', label: 'Inside' } },
    ]);
  },
);

let fresh = 0;
function makeNoise(bytes: number): { readonly own: string; readonly source: string; readonly before: Buffer } {
  fresh += 1;
  const own = mkdtempSync(join(folder, `work-${fresh}-`));
  const source = join(own, 'noise.img');
  writeFileSync(source, randomBytes(bytes));
  return { own, source, before: readFileSync(source) };
}

/** Runs work and lets something happen to its source once: when it is opened, or when so much of it was read. */
async function disturbed(
  run: (signal: AbortSignal, report: (progress: JobProgress) => void) => Promise<unknown>,
  disturb: () => void,
  afterBytes = 0n,
): Promise<AppErrorCode | 'none'> {
  let done = false;
  const report = ({ bytesDone }: JobProgress): void => {
    if (done || bytesDone === undefined || bytesDone < afterBytes) return;
    done = true;
    disturb();
  };
  const code = await codeOf(run(new AbortController().signal, report));
  expect(done).toBe(true);
  return code;
}

const disturbances = {
  shortened: (source: string) => truncateSync(source, MIB),
  'written to': (source: string) => writeFileSync(source, 'x', { flag: 'r+' }),
} as const;

const works = {
  'exporting to xz': async (source: string, target: string) => plannedExport(source, target, 'xz'),
  'exporting to qcow2': async (source: string, target: string) => plannedExport(source, target, 'qcow2'),
  copying: async (source: string, target: string) => {
    const contents = { kind: 'copy', source: Buffer.from(source) } as const;
    return (await planImage({ place: placeOf(target), contents, reserved: false })).run;
  },
  unpacking: async (source: string, target: string) => {
    execFileSync('gzip', ['-1', '-k', source]);
    renameSync(`${source}.gz`, source);
    const format = { kind: 'compressed', name: 'gzip', unpackedBytes: null } as const;
    return (
      await planConversion({ source: Buffer.from(source), format, place: placeOf(target), otherFiles: false }, new AbortController().signal)
    ).run;
  },
} as const;

const placeOf = (target: string) => ({ folder: Buffer.from(target), name: Buffer.from('made') });

async function plannedExport(source: string, target: string, format: 'xz' | 'qcow2') {
  const wanted = { source: Buffer.from(source), sourceFormat: { kind: 'raw' }, place: placeOf(target), format, compress: false } as const;
  return (await planExport(wanted)).run;
}

describe.each(Object.keys(works) as (keyof typeof works)[])('%s an image', (work) => {
  test.each(Object.keys(disturbances) as (keyof typeof disturbances)[])('that is %s meanwhile fails and makes nothing', async (how) => {
    const { own, source } = makeNoise(16 * MIB);
    const target = mkdtempSync(join(own, 'target-'));
    const run = await works[work](source, target);
    const code = await disturbed(run, () => disturbances[how](source));
    // What the tool itself met is as good a reason.
    expect(['FILE_CHANGED', 'TOOL_FAILED']).toContain(code);
    expect(readdirSync(target)).toEqual([]);
  });
});

test('a copy of an image whose name another file gets meanwhile is that of the first', async () => {
  const { own, source, before } = makeNoise(16 * MIB);
  const target = mkdtempSync(join(own, 'target-'));
  writeFileSync(`${source}.other`, 'other');
  expect(await disturbed(await works.copying(source, target), () => renameSync(`${source}.other`, source))).toBe('none');
  expect(readFileSync(join(target, 'made')).equals(before)).toBe(true);
});

test('a disk that qemu-img opens by its name is not converted when another file gets that name', async () => {
  const { own, source } = makeNoise(192 * MIB);
  const target = mkdtempSync(join(own, 'target-'));
  writeFileSync(`${source}.other`, 'other');
  const run = await works['exporting to qcow2'](source, target);
  expect(await disturbed(run, () => renameSync(`${source}.other`, source), 1n)).toBe('FILE_CHANGED');
  expect(readdirSync(target)).toEqual([]);
});

test.each(Object.keys(disturbances) as (keyof typeof disturbances)[])(
  'checksums of an image that is %s meanwhile are not told',
  async (how) => {
    const { source } = makeNoise(64 * MIB);
    const remembered: unknown[] = [];
    const library = { verified: async (_path: Buffer, one: unknown) => Promise.resolve(void remembered.push(one)) };
    const code = await disturbed(
      async (signal, report) => {
        const jobs = { run: async <T>(_request: object, job: (s: AbortSignal, r: typeof report) => Promise<T>) => job(signal, report) };
        return verifyImage({ jobs, library }, Buffer.from(source), { algorithms: ['md5', 'sha512'], expected: null, beside: false });
      },
      () => disturbances[how](source),
    );
    expect([code, remembered]).toEqual(['FILE_CHANGED', []]);
  },
);
