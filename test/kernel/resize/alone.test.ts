/** An image is resized by one program at a time, and by none while another writes to it or its device. Needs root. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, linkSync, openSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { optionsFromSettings, withImage } from '../../../electron/actions/attach.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { renameImage } from '../../../electron/library/move-image.ts';
import { trashImage } from '../../../electron/library/trash.ts';
import { checkImage } from '../../../electron/maintenance/check-image.ts';
import { relabelImage } from '../../../electron/maintenance/relabel-image.ts';
import { withResizeLock } from '../../../electron/resize/alone.ts';
import { findUnfinished, refuseUnfinishedDevice } from '../../../electron/resize/unfinished.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { digest, expectWhole, makeImage, MIB, type MadeImage } from './image-maker.ts';
import { detachAll } from './attached.ts';
import { useWorkshop } from '../maintenance/maintenance-fixture.ts';
import { killedAt, useResizing } from './resizing.ts';

const resizing = useResizing();
const { context: maintenance } = useWorkshop();
const grow: ResizeWish = { kind: 'by', bytes: String(16 * MIB) };
const children: ChildProcess[] = [];

/** A program of its own that has the file open until the test ends. */
async function hold(...command: readonly string[]): Promise<ChildProcess> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function letGo(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

/** Has it open in this way, and says so. */
const opened = (redirection: string, path: string): readonly string[] => [
  '/bin/sh',
  '-c',
  `exec 3${redirection}"$1"; echo; read _`,
  'sh',
  path,
];

async function attach(path: string): Promise<LoopDevice> {
  const fd = openSync(path, 'r+');
  const options = { ...optionsFromSettings({ attachReadOnly: false, partitionScan: false }), device: null };
  const { device } = await resizing.session.call('devices/attach', options, { descriptors: [fd] });
  closeSync(fd);
  return device;
}

afterEach(async () => {
  await Promise.all(children.splice(0).map(letGo));
  // A device that was given back may have another number.
  await detachAll(resizing);
});

/** The one program that is named. */
const inUseBy = ({ pid }: ChildProcess) => ({
  data: { code: 'FILE_IN_USE', detail: { programs: [{ pid, name: expect.any(String) as string }] } },
});

/** Has the file in its memory only: Python's own mmap keeps the descriptor. Flags MAP_SHARED 1, MAP_PRIVATE 2. */
const mapping = `
import ctypes, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR if sys.argv[2] == "1" else os.O_RDONLY)
c = ctypes.CDLL(None)
c.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
c.mmap(None, 4096, 3, int(sys.argv[2]), descriptor, 0)
os.close(descriptor)
print(flush=True)
sys.stdin.read()
`;
const mapped = (flags: 'shared' | 'private', path: string): readonly string[] => [
  'python3',
  '-c',
  mapping,
  path,
  flags === 'shared' ? '1' : '2',
];

const image = () => makeImage({ table: 'none', type: 'ext4', layout: 'only', mebibytes: 48 });

test('a file that another program writes to is left alone, one that is only read is not', async () => {
  const made = image();
  const before = digest(made.path);
  await hold(...opened('<', made.path));
  const writer = await hold(...opened('<>', made.path));
  await expect(resizing.run(made.path, grow)).rejects.toMatchObject(inUseBy(writer));
  expect(digest(made.path)).toBe(before);
  await letGo(writer);
  await expect(resizing.run(made.path, grow)).resolves.toMatchObject({ sizeBytes: String(64 * MIB) });
  expectWhole(made, 64 * MIB);
});

test('so is a device that another program writes to', async () => {
  const made = image();
  const { number } = await attach(made.path);
  const writer = await hold(...opened('<>', `/dev/loop${number}`));
  await expect(resizing.run(made.path, grow)).rejects.toMatchObject(inUseBy(writer));
  await letGo(writer);
  await expect(resizing.run(made.path, grow)).resolves.toMatchObject({ sizeBytes: String(64 * MIB) });
});

test.each(['file', 'attached'] as const)('who writes to the file of an image is told, and readers are not: %s', async (state) => {
  const made = image();
  const device = state === 'attached' ? await attach(made.path) : null;
  const before = digest(made.path);
  await hold(...opened('<', made.path));
  await hold(...mapped('private', made.path));
  const link = `${made.path}.link`;
  linkSync(made.path, link);
  // No lease tells who a writer by another name is.
  const ways = [opened('>>', made.path), mapped('shared', made.path), ...(state === 'attached' ? [opened('<>', link)] : [])];
  for (const way of ways) {
    const writer = await hold(...way);
    await expect(resizing.run(made.path, grow)).rejects.toMatchObject(inUseBy(writer));
    await letGo(writer);
  }
  expect(digest(made.path)).toBe(before);
  const { devices } = await resizing.session.call('devices/list', {});
  expect(devices.find(({ number }) => number === device?.number)?.diskseq).toBe(device?.diskseq);
  await expect(resizing.run(made.path, grow)).resolves.toMatchObject({ sizeBytes: String(64 * MIB) });
  expectWhole(made, 64 * MIB);
});

test('a stopped resize is not finished either while another program writes to the attached file', async () => {
  const made = image();
  await killedAt(made.path, grow, 1, 'end');
  await attach(made.path);
  const writer = await hold(...opened('<>', made.path));
  for (const how of ['continue', 'undo'] as const) await expect(resizing.finish(made.path, how)).rejects.toMatchObject(inUseBy(writer));
  await letGo(writer);
  await resizing.finish(made.path, 'undo');
  expectWhole(made, 48 * MIB);
});

test('a file that a second device has, which could write to it too, is left alone', async () => {
  const made = image();
  await attach(made.path);
  const before = digest(made.path);
  const second = (...options: readonly string[]): string =>
    execFileSync('losetup', ['--find', '--show', ...options, made.path], { encoding: 'utf8' }).trim();
  const name = second();
  try {
    await expect(resizing.run(made.path, grow)).rejects.toMatchObject({
      data: { code: 'IMAGE_ATTACHED', detail: { device: Number(name.slice('/dev/loop'.length)) } },
    });
  } finally {
    execFileSync('losetup', ['--detach', name]);
  }
  expect(digest(made.path)).toBe(before);
});

test('an image that another program resizes is left alone, and nobody calls that stopped', async () => {
  const made = image();
  // The second step saves what undoing needs; nothing was changed yet.
  await killedAt(made.path, grow, 1, 'end');
  const device = await attach(made.path);
  expect(await findUnfinished(device)).toMatchObject({ fromBytes: String(48 * MIB), stepNumber: 3 });
  const other = await hold('flock', made.path, '/bin/sh', '-c', 'echo; read _');
  expect(await findUnfinished(device)).toBeNull();
  await expect(resizing.finish(made.path, 'continue')).rejects.toMatchObject({ data: { code: 'RESIZE_RUNNING' } });
  await letGo(other);
  await resizing.finish(made.path, 'continue');
  expect(await findUnfinished(device)).toBeNull();
});

const isRunning = { data: { code: 'RESIZE_RUNNING' } };
/** As the window and the command line attach it. */
const use = async (path: string): Promise<unknown> => withImage(Buffer.from(path), { readOnly: true }, async () => attach(path));

/** Looks that are taken just before the first step that changes something, where an image is looked at for minutes. */
async function runLookedAt(made: MadeImage, look: () => Promise<void>): Promise<unknown> {
  const { steps } = planResize(await resizing.facts(made.path), { wish: grow, place: null });
  const check = steps.findIndex(({ step }) => step === 'check');
  expect(steps.findIndex(({ step }) => step === 'resize-file')).toBeGreaterThan(check);
  return resizing.run(made.path, grow, {
    onProgress: async ({ step, phase }) => {
      if (step === check && phase === 'begin') await look();
    },
  });
}

test('nobody attaches, mounts, repairs or relabels an image while it is resized, from this program or from another', async () => {
  const made = image();
  const path = Buffer.from(made.path);
  const refused = async (): Promise<void> => {
    await expect(use(made.path)).rejects.toMatchObject(isRunning);
    await expect(checkImage(maintenance, path, { partition: null, mode: 'check' })).rejects.toMatchObject(isRunning);
    await expect(checkImage(maintenance, path, { partition: null, mode: 'repair' })).rejects.toMatchObject(isRunning);
    await expect(relabelImage(maintenance, path, { partition: null, label: 'new', uuid: null })).rejects.toMatchObject(isRunning);
  };
  await runLookedAt(made, refused);
  expectWhole(made, 64 * MIB);
  const other = await hold('flock', made.path, '/bin/sh', '-c', 'echo; read _');
  await refused();
  const device = await attach(made.path);
  await expect(refuseUnfinishedDevice(device)).rejects.toMatchObject(isRunning);
  await letGo(other);
  await refuseUnfinishedDevice(device);
});

test('two may attach an image at a time, and it is not resized meanwhile', async () => {
  const made = image();
  const path = Buffer.from(made.path);
  const inUse = { data: { code: 'FILE_IN_USE' } };
  await withImage(path, { readOnly: true }, async () =>
    withImage(path, { readOnly: true }, async () => expect(resizing.run(made.path, grow)).rejects.toMatchObject(inUse)),
  );
  await expect(resizing.run(made.path, grow)).resolves.toMatchObject({ sizeBytes: String(64 * MIB) });
});

test.each(['file', 'attached'] as const)('who comes to use the image while it is checked finds it as it was: %s', async (state) => {
  const made = image();
  if (state === 'attached') await attach(made.path);
  let writer: ChildProcess | null = null;
  const written = runLookedAt(made, async () => {
    writer = await hold(...opened('<>', made.path));
  });
  await expect(written).rejects.toMatchObject({ data: { code: 'FILE_IN_USE', detail: { programs: [{ name: 'sh' }] } } });
  if (writer !== null) await letGo(writer);
  expectWhole(made, 48 * MIB);
  expect((await resizing.subject(made.path)).device !== null).toBe(state === 'attached');
  let name = '';
  const mounted = runLookedAt(made, async () => {
    name = execFileSync('losetup', ['--find', '--show', '--read-only', made.path], { encoding: 'utf8' }).trim();
  });
  await expect(mounted).rejects.toMatchObject({ data: { code: 'IMAGE_ATTACHED' } });
  await expect(mounted).rejects.toMatchObject({ data: { detail: { device: Number(name.slice('/dev/loop'.length)) } } });
  execFileSync('losetup', ['--detach', name]);
  expectWhole(made, 48 * MIB);
});

test('an image is not attached while it is repaired', async () => {
  const made = image();
  execFileSync('debugfs', ['-w', '-R', 'clri <11>', made.path], { stdio: 'ignore' });
  let tried: unknown = null;
  const jobs: typeof maintenance.jobs = {
    run: async (_request, work) =>
      work(new AbortController().signal, ({ step }) => {
        if (step === 1) tried = use(made.path).catch((error: unknown) => error);
      }),
  };
  expect(await checkImage({ ...maintenance, jobs }, Buffer.from(made.path), { partition: null, mode: 'repair' })).toMatchObject({
    outcome: 'repaired',
  });
  expect(await tried).toMatchObject(isRunning);
  await withResizeLock(Buffer.from(made.path), async () => undefined);
});

test('an image gets no other name while it is resized, nor where that was stopped, also between two steps', async () => {
  const made = image();
  const [path, renamed] = [Buffer.from(made.path), Buffer.from(`${made.path}.renamed`)];
  const move = async (): Promise<unknown> => renameImage(path, 'disk.img.renamed', []);
  const trash = async (): Promise<unknown> =>
    trashImage(path, [], async () => {
      throw new Error('it was moved to the trash');
    });
  await runLookedAt(made, async () => {
    await expect(move()).rejects.toMatchObject(isRunning);
    await expect(trash()).rejects.toMatchObject(isRunning);
  });
  // What undoing needs is saved, and nothing was changed yet.
  await killedAt(made.path, grow, 1, 'end');
  for (const one of [move, trash]) await expect(one()).rejects.toMatchObject({ data: { code: 'RESIZE_UNFINISHED' } });
  await resizing.finish(made.path, 'undo');
  expectWhole(made, 64 * MIB);
  expect(await move()).toEqual(renamed);
});
