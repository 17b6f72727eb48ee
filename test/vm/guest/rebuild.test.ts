/**
 * A new image of another size with the same files, for file systems that cannot be resized in place: the drivers of FAT, exFAT and NTFS
 * are in no kernel of a build container.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reply } from '../../../electron/ipc/errors.ts';
import type { RendererMethodName, RendererParamsInput, RendererResult } from '../../../electron/ipc/methods.ts';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planNewImage } from '../../../electron/resize/rebuild.ts';
import { createTestApp, folder } from '../../kernel/app/app-fixture.ts';
import { waitFor } from '../../kernel/loop-fixture.ts';
import { hasFileSystem } from '../../kernel/mounting/mount-fixture.ts';
import { digest, MIB } from '../../kernel/resize/image-maker.ts';
import { useResizing } from '../../kernel/resize/resizing.ts';
import { blkid, kinds, makeImage, readTree, withStretch } from './fixed-sizes.ts';

const resizing = useResizing();
async function rebuild(path: string, to: string, wish: ResizeWish, signal = new AbortController().signal): Promise<readonly string[]> {
  const { device } = await resizing.subject(path);
  const place = { folder: Buffer.from(dirname(to)), name: Buffer.from(to.slice(dirname(to).length + 1)) };
  const plan = await planNewImage(resizing.session, { path: Buffer.from(path), device, facts: await resizing.facts(path) }, wish, place);
  const steps: string[] = [];
  await plan.run(signal, ({ step }) => {
    if (step !== undefined) steps.push(plan.steps[step] ?? '');
  });
  return steps;
}

const cases = kinds.flatMap((kind) =>
  (['none', 'gpt', 'mbr'] as const).flatMap((table) =>
    ([64, -16] as const).map((change) => ({
      kind,
      table,
      change,
      name: `${kind.type}, table ${table}, ${change > 0 ? 'larger' : 'smaller'}`,
    })),
  ),
);

/** The emulated machine is slow: all of them only in the long run. */
const sample = ['vfat, table gpt, larger', 'exfat, table none, smaller', 'ntfs, table gpt, larger'];
const chosen = cases.filter(({ name }) => process.env['PLATTER_LONG'] === '1' || sample.includes(name));

// Debian's 6.1 was built without ntfs3; the newer machine has it as a module.
spawnSync('modprobe', ['ntfs3']);
test.for(chosen.filter(({ kind }) => kind.driver !== 'ntfs3' || hasFileSystem('ntfs3')))('$name', async ({ kind, table, change }) => {
  const old = makeImage(kind, table);
  const files = withStretch(old.path, kind.driver, old, readTree);
  const before = digest(old.path);
  const was = blkid(old.path, old.start);
  const to = join(dirname(old.path), 'new.img');
  const size = statSync(old.path).size + change * MIB;
  await rebuild(old.path, to, { kind: 'to', sizeBytes: String(size) });
  expect(statSync(to).size).toBe(size);
  // Nothing was written to the old one, and nothing is left of the making.
  expect(digest(old.path)).toBe(before);
  expect(readdirSync(dirname(to)).filter((name) => name.startsWith('.'))).toEqual([]);
  const { devices } = await resizing.session.call('devices/list', {});
  expect(devices.filter(({ backingFile }) => backingFile?.text.startsWith(dirname(to)) === true)).toEqual([]);
  expect(blkid(to, old.start)).toMatchObject({ TYPE: kind.type, LABEL: kind.label, UUID: was['UUID'] });
  const facts = await resizing.facts(to);
  expect(facts).toMatchObject({ damaged: false, table: table === 'none' ? null : { type: table } });
  const place = facts.table?.partitions.find(({ number }) => number === 2);
  const placeBytes = Number(place?.sizeBytes ?? size);
  if (table !== 'none') {
    expect(placeBytes - old.size).toBeGreaterThan(change * MIB - MIB);
    expect(blkid(to, MIB)).toMatchObject({ TYPE: 'ext4', LABEL: 'other', UUID: blkid(old.path, MIB)['UUID'] });
    expect(spawnSync('sfdisk', ['--verify', to], { encoding: 'utf8' }).stdout).toContain('No errors detected');
  }
  expect(withStretch(to, kind.driver, { start: old.start, size: placeBytes }, readTree)).toEqual(files);
  const part = `${to}.part`;
  execFileSync('dd', [
    `if=${to}`,
    `of=${part}`,
    'bs=1M',
    `skip=${old.start / MIB}`,
    `count=${placeBytes}`,
    'iflag=count_bytes',
    'status=none',
  ]);
  const [checker, ...options] = kind.check;
  expect(spawnSync(checker, [...options, part], { encoding: 'utf8' })).toMatchObject({ status: 0 });
});

test('what is called off, or does not fit, leaves no file', async () => {
  const [fat] = kinds;
  const old = makeImage(fat, 'gpt');
  const to = join(dirname(old.path), 'new.img');
  const names = readdirSync(dirname(to));
  const before = digest(old.path);
  const tooSmall = rebuild(old.path, to, { kind: 'to', sizeBytes: String(13 * MIB) });
  await expect(tooSmall).rejects.toMatchObject({ data: { code: 'RESIZE_REFUSED', refusal: { reason: 'too-small' } } });
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 1500);
  const stopped = await rebuild(old.path, to, { kind: 'by', bytes: String(64 * MIB) }, abort.signal).catch((error: unknown) => error);
  expect(stopped).toMatchObject({ data: { code: 'CANCELLED' } });
  expect(readdirSync(dirname(to))).toEqual(names);
  expect(digest(old.path)).toBe(before);
});

test('a program that ends while files are copied unmounts and detaches first', async () => {
  const [fat] = kinds;
  const old = makeImage(fat, 'gpt');
  const app = createTestApp('settings-of-rebuild.json');
  await app.start();
  const window = app.connect(() => undefined);
  const call = async <N extends RendererMethodName>(method: N, params: RendererParamsInput<N>): Promise<RendererResult<N>> => {
    const answer = (await window.call(method, params)) as Reply<RendererResult<N>>;
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    return answer.value;
  };
  const dropped = window.drop([old.path]);
  const image = (dropped.ok ? dropped.value[0]?.id : undefined) ?? '';
  const { folder: target } = await call('images/creation-facts', { folder: null, wanted: 'new.img' });
  const sizeBytes = String(statSync(old.path).size + 64 * MIB);
  const name = 'stopped.img';
  const { job } = await call('resize/rebuild', { subject: { image }, sizeBytes, folder: target.id, name });
  const ownMounts = (): string[] =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(' /run/media/root/'));
  await waitFor('a mount of the job', () => ownMounts().length > 0);
  await app.close();
  expect((await call('state/get', {})).jobs.find(({ id }) => id === job)?.state).toEqual({ kind: 'cancelled' });
  expect(ownMounts()).toEqual([]);
  expect(execFileSync('losetup', ['-l', '-n', '-O', 'BACK-FILE'], { encoding: 'utf8' })).not.toMatch(/stopped|rebuild/u);
  expect(readdirSync(homedir()).filter((left) => /stopped|platter-/u.test(left))).toEqual([]);
  window.close();
  rmSync(folder, { recursive: true });
});
