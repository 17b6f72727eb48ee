/** There and back through every format: the bytes are the same, holes stay holes, and nothing is left of what fails. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConversionFacts } from '../../../electron/images/making/conversion-facts.ts';
import { planConversion } from '../../../electron/images/making/convert-image.ts';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import { planExport } from '../../../electron/images/making/export-image.ts';
import type { CompressionFormat, ContainerFormat, ImageFormat } from '../../../electron/ipc/inspection.ts';
import { exportFormats, type ExportFormat } from '../../../electron/ipc/new-image.ts';
import { allocatedBytes, codeOf, makeFolder, namesIn, placeOf, run } from './making-fixture.ts';

const SIZE = 8 * 1024 * 1024 + 512;
const worker = new ImageWorker();
afterAll(async () => worker.close());

/** Text, a hole, random bytes, a hole at the end. */
function makeRaw(folder = makeFolder()): string {
  const path = join(folder, 'raw.img');
  const noise = randomBytes(1_500_000);
  writeFileSync(path, Buffer.concat([Buffer.alloc(300_000, 'platter '), Buffer.alloc(3_000_000), noise]));
  truncateSync(path, SIZE);
  return path;
}

function container(name: ContainerFormat): ImageFormat {
  return { kind: 'container', name, virtualSizeBytes: null, parentName: null };
}

/** The footer of a VHD as VirtualBox writes it (Virtual Hard Disk Image Format Specification 1.0): its creator, and a geometry that is less. */
function asVirtualBox(footer: Buffer): void {
  changeFooter(footer, () => {
    footer.write('vbox', 28, 'latin1');
    footer.writeUInt16BE(240, 56);
    footer.set([4, 17], 58);
  });
}

function changeFooter(footer: Buffer, change: () => void): void {
  change();
  footer.fill(0, 64, 68);
  const sum = footer.reduce((total, byte) => total + byte, 0);
  footer.writeUInt32BE(~sum >>> 0, 64);
}

function compressed(name: CompressionFormat): ImageFormat {
  return { kind: 'compressed', name, unpackedBytes: null };
}

async function exportTo(
  source: string,
  format: ExportFormat,
  { compress = false, name = `out.${format}`, folder = makeFolder() } = {},
): Promise<string> {
  const plan = await planExport({
    sourceFormat: { kind: 'raw' },
    source: Buffer.from(source),
    place: placeOf(folder, name),
    format,
    compress,
  });
  await plan.run(new AbortController().signal, () => undefined);
  return join(folder, name);
}

interface Conversion {
  readonly otherFiles?: boolean;
  readonly folder?: string;
  readonly reports?: (bigint | undefined)[];
}

async function convert(
  source: string | Buffer,
  format: ImageFormat,
  { otherFiles = false, folder = makeFolder(), reports = [] }: Conversion = {},
): Promise<string> {
  const { signal } = new AbortController();
  const plan = await planConversion({ source: Buffer.from(source), format, place: placeOf(folder, 'back.img'), otherFiles }, signal);
  await plan.run(signal, ({ bytesDone }) => void reports.push(bytesDone));
  return join(folder, 'back.img');
}

const formatOf: Readonly<Record<ExportFormat, ImageFormat>> = {
  qcow2: container('qcow2'),
  vhd: container('vhd'),
  vhdx: container('vhdx'),
  vmdk: container('vmdk'),
  vdi: container('vdi'),
  gzip: compressed('gzip'),
  xz: compressed('xz'),
  zstd: compressed('zstd'),
};

describe('a raw image', () => {
  test.each(exportFormats.map((format) => [format]))('comes back from %s as it was', async (format) => {
    const raw = makeRaw();
    const exported = await exportTo(raw, format);
    const reports: (bigint | undefined)[] = [];
    const back = await convert(exported, formatOf[format], { reports });
    run('cmp', '-n', String(SIZE), raw, back);
    // VHDX has sectors of 1 MiB blocks, none has less than was there.
    expect(statSync(back).size).toBeGreaterThanOrEqual(SIZE);
    expect(allocatedBytes(back)).toBeLessThan(4 * 1024 * 1024);
    expect(reports[0]).toBe(0n);
    expect(namesIn(join(exported, '..'))).toEqual([`out.${format}`]);
  });

  test.each(['qcow2', 'vmdk'] as const)('is smaller in a compressed %s, and comes back from it', async (format) => {
    const raw = makeRaw();
    const [plain, packed] = [await exportTo(raw, format), await exportTo(raw, format, { compress: true })];
    expect(statSync(packed).size).toBeLessThan(statSync(plain).size);
    run('cmp', '-n', String(SIZE), raw, await convert(packed, formatOf[format]));
  });

  test.each(['dynamic', 'fixed'])('comes back whole from a %s VHD of a program that QEMU does not know', async (kind) => {
    const raw = makeRaw();
    const folder = makeFolder();
    const path = join(folder, 'a, "b"=%d,,.vhd');
    run('qemu-img', 'convert', '-f', 'raw', '-O', 'vpc', '-o', `subformat=${kind},force_size=on`, raw, path);
    const vhd = readFileSync(path);
    if (kind === 'dynamic') asVirtualBox(vhd.subarray(0, 512));
    asVirtualBox(vhd.subarray(-512));
    writeFileSync(path, vhd);
    // A cylinder that is not whole is left out.
    expect(JSON.parse(run('qemu-img', 'info', '-f', 'vpc', '--output=json', path))).toMatchObject({ 'virtual-size': 240 * 4 * 17 * 512 });
    const { format } = await inspectFile({ worker, devices: [] }, Buffer.from(path));
    expect(format).toEqual({ ...container('vhd'), virtualSizeBytes: String(SIZE) });
    expect(await readConversionFacts(Buffer.from(path), format)).toMatchObject({ sizeBytes: String(SIZE), otherFiles: [] });
    run('cmp', raw, await convert(path, format));
    // What qemu-img would leave out is not lost in silence.
    const larger = { ...container('vhd'), virtualSizeBytes: String(SIZE + 512) };
    expect(await codeOf(convert(path, larger))).toBe('NOT_CONVERTIBLE');
  });

  test('has its own name inside a VMDK', async () => {
    const path = await exportTo(makeRaw(), 'vmdk', { name: 'größe "1".vmdk' });
    expect(readFileSync(path).includes(Buffer.from('SPARSE "größe "1".vmdk"'))).toBe(true);
  });

  test('is unpacked from bzip2 and from an archive of one file', async () => {
    const raw = makeRaw();
    const folder = makeFolder();
    mkdirSync(join(folder, '__MACOSX'));
    writeFileSync(join(folder, '__MACOSX/._raw.img'), 'x');
    execFileSync('cp', [raw, join(folder, 'raw [1]*.img')]);
    execFileSync('zip', ['-q', '-r', '../with.zip', '.'], { cwd: folder });
    execFileSync('bzip2', ['-k', raw]);
    run('cmp', raw, await convert(`${raw}.bz2`, compressed('bzip2')));
    run('cmp', raw, await convert(join(folder, '../with.zip'), compressed('zip')));
  });

  test('is not taken from an archive of several files, and nothing is left', async () => {
    const folder = makeFolder();
    const target = makeFolder();
    for (const name of ['a.img', 'b.img']) writeFileSync(join(folder, name), name);
    execFileSync('zip', ['-q', 'both.zip', 'a.img', 'b.img'], { cwd: folder });
    expect(await codeOf(convert(join(folder, 'both.zip'), compressed('zip'), { folder: target }))).toBe('ARCHIVE_NOT_ONE_FILE');
    expect(namesIn(target)).toEqual([]);
  });

  test.each(['gzip', 'xz', 'zstd'] as const)('is not made of a %s file that is cut short or damaged', async (format) => {
    const path = await exportTo(makeRaw(), format);
    const target = makeFolder();
    truncateSync(path, Math.floor(statSync(path).size / 2));
    expect(await codeOf(convert(path, compressed(format), { folder: target }))).toBe('TOOL_FAILED');
    expect(namesIn(target)).toEqual([]);
  });

  test('is not made of what is no such container, or of a raw image', async () => {
    const raw = makeRaw();
    const target = makeFolder();
    expect(await codeOf(convert(raw, container('qcow2'), { folder: target }))).toBe('NOT_CONVERTIBLE');
    expect(await codeOf(convert(raw, { kind: 'raw' }, { folder: target }))).toBe('NOT_CONVERTIBLE');
    expect(namesIn(target)).toEqual([]);
  });
});

describe('a container that takes data from other files', () => {
  const forms = [
    [
      'a backing file',
      (folder: string) => run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', 'raw.img', '-F', 'raw', join(folder, 'disk')),
      'qcow2',
    ],
    [
      'a data file',
      (folder: string) =>
        run('qemu-img', 'create', '-q', '-f', 'qcow2', '-o', `data_file=${folder}/data,data_file_raw=on`, join(folder, 'disk'), '1M'),
      'qcow2',
    ],
    [
      'extents',
      (folder: string) =>
        run(
          'qemu-img',
          'convert',
          '-f',
          'raw',
          '-O',
          'vmdk',
          '-o',
          'subformat=twoGbMaxExtentFlat',
          join(folder, 'raw.img'),
          join(folder, 'disk'),
        ),
      'vmdk',
    ],
  ] as const;

  test.each(forms)('by %s is refused with their names, unless that is allowed', async (_what, create, format) => {
    const folder = makeFolder();
    makeRaw(folder);
    create(folder);
    const target = makeFolder();
    expect(await codeOf(convert(join(folder, 'disk'), container(format), { folder: target }))).toBe('IMAGE_HAS_PARENTS');
    expect(namesIn(target)).toEqual([]);
    await convert(join(folder, 'disk'), container(format), { folder: target, otherFiles: true });
    expect(namesIn(target)).toEqual(['back.img']);
  });

  test('as a VHD does that holds differences is refused: its parent would be left out', async () => {
    const path = await exportTo(makeRaw(), 'vhd');
    const vhd = readFileSync(path);
    for (const footer of [vhd.subarray(0, 512), vhd.subarray(-512)]) changeFooter(footer, () => footer.writeUInt32BE(4, 60));
    writeFileSync(path, vhd);
    const { format } = await inspectFile({ worker, devices: [] }, Buffer.from(path));
    expect(format).toMatchObject({ name: 'vhd', parentName: expect.any(String) as string });
    const target = makeFolder();
    expect(await codeOf(convert(path, format, { folder: target, otherFiles: true }))).toBe('NOT_CONVERTIBLE');
    expect(namesIn(target)).toEqual([]);
  });

  test('finds them beside it, whatever the folder is called', async () => {
    const folder = makeFolder();
    const raw = makeRaw(folder);
    run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', 'raw.img', '-F', 'raw', join(folder, 'disk'));
    const strange = Buffer.concat([Buffer.from(`${folder}-`), Buffer.from([0xff]), Buffer.from(' é:x')]);
    renameSync(folder, strange);
    const back = await convert(Buffer.concat([strange, Buffer.from('/disk')]), container('qcow2'), { otherFiles: true });
    renameSync(strange, folder);
    run('cmp', raw, back);
  });

  test('without them fails and leaves nothing', async () => {
    const folder = makeFolder();
    const raw = makeRaw(folder);
    run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', 'raw.img', '-F', 'raw', join(folder, 'disk'));
    renameSync(raw, `${raw}.away`);
    const target = makeFolder();
    expect(await codeOf(convert(join(folder, 'disk'), container('qcow2'), { folder: target, otherFiles: true }))).toBe('TOOL_FAILED');
    expect(namesIn(target)).toEqual([]);
  });
});
