/** New images as the window asks for them: jobs of the application, the library, and attaching when done. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Job, MadeImage } from '../../../electron/ipc/state.ts';
import { call, device, failure, folder, idOf, ownDevices, state, until, useApp } from '../app/app-fixture.ts';

useApp();

const MIB = 1024 * 1024;

/** The job when it has ended. */
async function ended(id: number): Promise<Job> {
  let job: Job | undefined;
  await until(async () => {
    job = (await state()).jobs.find((one) => one.id === id);
    return job !== undefined && job.state.kind !== 'running';
  });
  return job as Job;
}

function madeBy({ result }: Job): MadeImage | undefined {
  return result?.kind === 'image' ? result : undefined;
}

function makeTarget(): { readonly path: string; readonly id: string } {
  const path = mkdtempSync(join(folder, 'new-'));
  return { path, id: idOf(path) };
}

const ext4 = { kind: 'file-system', sizeBytes: String(32 * MIB), fileSystem: 'ext4', label: 'fresh' } as const;

describe('a new image asked for in the window', () => {
  test('is a job that is kept with its result, and a member of the library', async () => {
    const target = makeTarget();
    const { job } = await call('images/create', { folder: target.id, name: 'a.img', contents: ext4, space: 'as-needed', attach: false });
    const done = await ended(job);
    expect(done).toMatchObject({
      title: { kind: 'create', fileName: 'a.img' },
      state: { kind: 'done' },
      result: { image: { name: 'a.img', folder: target.path }, device: null },
    });
    await until(async () => (await call('library/list', { since: 0 })).changed.some((image) => image.name === 'a.img'));
    await call('jobs/dismiss', { job });
    expect((await state()).jobs.map(({ id }) => id)).not.toContain(job);
  });

  test('is attached writable and mounted when that is asked for', async () => {
    const target = makeTarget();
    const { job } = await call('images/create', { folder: target.id, name: 'b.img', contents: ext4, space: 'reserved', attach: true });
    const done = await ended(job);
    expect(done).toMatchObject({ state: { kind: 'done' }, steps: ['reserve-space', 'make-file-system', 'attach'] });
    const { readOnly, mounts, diskseq, number } = await device(madeBy(done)?.device ?? -1);
    expect(readOnly).toBe(false);
    const place = mounts[0]?.mountPoint.text ?? '';
    writeFileSync(join(place, 'hello'), 'hello');
    await call('devices/detach', { device: number, diskseq, whenFree: false });
    expect([existsSync(place), ownDevices()]).toEqual([false, []]);
  });

  test('has the first free name, and says when a name is taken', async () => {
    const target = makeTarget();
    const before = (await state()).jobs.length;
    writeFileSync(join(target.path, 'disk.img'), '');
    const facts = await call('images/creation-facts', { folder: target.id, wanted: 'disk.img' });
    expect(facts).toMatchObject({ freeName: 'disk-2.img', writable: true, folder: { path: target.path }, missing: { tables: null } });
    expect(await call('images/check-name', { folder: target.id, name: 'disk.img' })).toEqual({ kind: 'taken', suggestion: 'disk-2.img' });
    const params = { folder: target.id, contents: ext4, space: 'as-needed', attach: false } as const;
    expect(await failure('images/create', { ...params, name: 'disk.img' })).toMatchObject({ code: 'FILE_EXISTS' });
    expect(await failure('images/create', { ...params, name: '../disk.img' })).toMatchObject({ code: 'FILE_NAME_INVALID' });
    expect(readdirSync(target.path)).toEqual(['disk.img']);
    expect((await state()).jobs.length).toBe(before);
  });

  test('is proposed at home when the folder of the last one has gone', async () => {
    const target = makeTarget();
    const contents = { kind: 'empty', sizeBytes: String(MIB) } as const;
    const { job } = await call('images/create', { folder: target.id, name: 'gone.img', contents, space: 'as-needed', attach: false });
    await ended(job);
    rmSync(target.path, { recursive: true });
    expect(await call('images/creation-facts', { folder: null, wanted: 'disk.img' })).toMatchObject({ folder: { path: homedir() } });
    expect(await failure('images/creation-facts', { folder: target.id, wanted: 'disk.img' })).toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('goes out as qcow2 and comes back as raw image', async () => {
    const target = makeTarget();
    const { job } = await call('images/create', { folder: target.id, name: 'c.img', contents: ext4, space: 'as-needed', attach: false });
    const image = madeBy(await ended(job))?.image.id ?? '';
    const exported = await call('images/export', { image, folder: target.id, name: 'c.qcow2', format: 'qcow2', compress: true });
    const container = madeBy(await ended(exported.job))?.image.id ?? '';
    expect(await call('images/conversion-facts', { image: container })).toMatchObject({
      from: 'qcow2',
      sizeBytes: String(32 * MIB),
      otherFiles: [],
      place: { freeName: 'c-2.img' },
    });
    const converted = await call('images/convert', { image: container, folder: target.id, name: 'd.img', otherFiles: false });
    expect(await ended(converted.job)).toMatchObject({
      title: { kind: 'convert', fileName: 'c.qcow2' },
      state: { kind: 'done' },
      image: container,
    });
    expect(readdirSync(target.path).toSorted()).toEqual(['c.img', 'c.qcow2', 'd.img']);
  });

  test('of an attached device is exported by its file', async () => {
    const target = makeTarget();
    const { job } = await call('images/create', { folder: target.id, name: 'e.img', contents: ext4, space: 'as-needed', attach: true });
    const number = madeBy(await ended(job))?.device ?? -1;
    const { diskseq } = await device(number);
    expect(await call('devices/image-file', { device: number, diskseq })).toMatchObject({ name: 'e.img', folder: target.path });
    await call('devices/detach', { device: number, diskseq, whenFree: false });
  });

  test('that is called off leaves no file', async () => {
    const target = makeTarget();
    const { id } = { id: idOf(makeNoise(target.path)) };
    const { job } = await call('images/export', { image: id, folder: target.id, name: 'noise.xz', format: 'xz', compress: false });
    await until(async () => ((await state()).jobs.find((one) => one.id === job)?.bytesDone ?? '0') !== '0');
    await call('jobs/cancel', { job });
    expect(await ended(job)).toMatchObject({ state: { kind: 'cancelled' }, result: null });
    expect(readdirSync(target.path)).toEqual(['noise']);
  });
});

function makeNoise(path: string): string {
  const file = join(path, 'noise');
  writeFileSync(file, randomBytes(16 * MIB));
  return file;
}
