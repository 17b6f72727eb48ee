/**
 * What every RendererApi must do, whoever is behind it: the same cases run over the fake of the window's tests and over
 * the browser host. A subject starts without a device of its own and with an image file of at least 4 MiB that can be attached
 * and holds an ext4 file system, without partitions.
 */
import { describe, expect, test } from 'vitest';
import { toDecimalText } from '../../renderer/state/decimal-text.ts';
import type { RendererApi } from '../../electron/ipc/api.ts';
import type { AttachOptions } from '../../electron/ipc/methods.ts';
import type { StateChange } from '../../electron/ipc/state.ts';
import type { Reply } from '../../electron/ipc/errors.ts';

export interface ContractSubject {
  readonly api: RendererApi;
  /** Path of the image that may be attached. */
  readonly imagePath: string;
  readonly end: () => Promise<void>;
}

const options = {
  readOnly: true,
  offsetBytes: '0',
  sizeLimitBytes: '0',
  logicalBlockSizeBytes: 0,
  partitionScan: false,
  autoclear: false,
  directIo: false,
  reference: null,
  whenAttached: 'reuse',
} as const satisfies { readonly [K in keyof AttachOptions]: unknown };

export function valueOf<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`);
  return reply.value;
}

async function withSubject(make: () => Promise<ContractSubject>, run: (subject: ContractSubject) => Promise<void>): Promise<void> {
  const subject = await make();
  try {
    await run(subject);
  } finally {
    await subject.end();
  }
}

export function describeRendererContract(name: string, make: () => Promise<ContractSubject>): void {
  const cases: [string, (subject: ContractSubject) => Promise<void>][] = [];
  const contract = (title: string, run: (subject: ContractSubject) => Promise<void>): void => void cases.push([title, run]);
  const attach = async ({ api, imagePath }: Pick<ContractSubject, 'api' | 'imagePath'>) => {
    const [image] = valueOf(await api.imagesPaste({ text: imagePath }));
    if (image === undefined) throw new Error('the path named no image');
    const outcome = valueOf(await api.devicesAttach({ image: image.id, options }));
    await find({ api }, outcome.device);
    return { image, outcome };
  };

  describe(`${name} keeps the renderer's contract`, () => {
    contract('attaching shows in the state, with the revision of the change before it', async (subject) => {
      const changes: StateChange[] = [];
      subject.api.onStateChange((change) => changes.push(change));
      const before = valueOf(await subject.api.stateGet({}));
      const { outcome } = await attach(subject);
      await expect
        .poll(() => changes.flatMap((change) => change.devices?.changed ?? []).some((one) => one.number === outcome.device))
        .toBe(true);
      const after = valueOf(await subject.api.stateGet({}));
      expect(after.revision).toBeGreaterThan(before.revision);
      const revisions = changes.map((change) => change.revision);
      expect(revisions).toEqual(revisions.map((_, index) => (revisions[0] ?? 0) + index));
      expect(after.devices.find((one) => one.number === outcome.device)).toMatchObject({
        diskseq: outcome.diskseq,
        readOnly: true,
        backingFileState: 'named',
      });
    });

    contract('a device is named by number and diskseq, and another diskseq is refused', async (subject) => {
      const { outcome } = await attach(subject);
      const reply = await subject.api.devicesDetach({ device: outcome.device, diskseq: '1', whenFree: false });
      expect(reply).toMatchObject({ ok: false, error: { code: 'STALE_DEVICE' } });
    });

    contract('the same image is not attached twice, unless that is asked for', async (subject) => {
      const { image, outcome } = await attach(subject);
      expect(valueOf(await subject.api.imagesDescribe({ image: image.id })).attachedAs).toEqual([outcome.device]);
      const again = valueOf(await subject.api.devicesAttach({ image: image.id, options }));
      expect(again).toMatchObject({ outcome: 'already-attached', device: outcome.device });
      const refused = await subject.api.devicesAttach({ image: image.id, options: { ...options, whenAttached: 'refuse' } });
      expect(refused).toMatchObject({ ok: false, error: { code: 'IMAGE_OVERLAPS' } });
    });

    contract('a detach leaves the list, offers to be undone, and undoing brings the device back', async (subject) => {
      const { outcome } = await attach(subject);
      const device = await find(subject, outcome.device);
      const detached = valueOf(await subject.api.devicesDetach({ device: device.number, diskseq: device.diskseq, whenFree: false }));
      expect(detached.state).toBe('detached');
      const { undoId } = detached;
      if (undoId === null) throw new Error('no offer to undo');
      const offers = (): Promise<readonly number[]> =>
        subject.api.stateGet({}).then((reply) => valueOf(reply).undoOffers.map((one) => one.id));
      expect(await offers()).toContain(undoId);
      const back = valueOf(await subject.api.devicesUndoDetach({ undo: undoId }));
      expect((await find(subject, back.device)).diskseq).not.toBe(device.diskseq);
      expect(await offers()).not.toContain(undoId);
      expect(await subject.api.devicesUndoDetach({ undo: undoId })).toMatchObject({ ok: false, error: { code: 'UNDO_GONE' } });
    });

    contract('contents are told before anything is mounted, and a mount comes and goes with its id', async (subject) => {
      const { api } = subject;
      const { number: device, diskseq } = await find(subject, (await attach(subject)).outcome.device);
      expect(valueOf(await api.devicesContents({ device, diskseq }))).toMatchObject([
        { partition: null, kind: 'file-system', type: 'ext4', mountable: true },
      ]);
      const { mountId, mountPoint } = valueOf(await api.mountsMount({ device, diskseq, partition: null, readOnly: true }));
      const mounts = async () => (await find(subject, device)).mounts.map((mount) => [mount.mountId, mount.mountPoint.text]);
      await expect.poll(mounts).toEqual([[mountId, mountPoint]]);
      expect(await api.mountsOpenFolder({ device, diskseq, mountId })).toMatchObject({ ok: false, error: { code: 'NOT_IN_THIS_HOST' } });
      valueOf(await api.mountsUnmount({ device, diskseq, mountId }));
      await expect.poll(mounts).toEqual([]);
      expect(await api.mountsUnmount({ device, diskseq, mountId })).toMatchObject({ ok: false, error: { code: 'NOT_MOUNTED' } });
    });

    contract('attaching may mount too, and detaching unmounts by itself', async (subject) => {
      const { api, imagePath } = subject;
      const [image] = valueOf(await api.imagesPaste({ text: imagePath }));
      const outcome = valueOf(await api.devicesAttach({ image: image?.id ?? '', options, mount: true }));
      expect(outcome.mountFailures).toEqual([]);
      expect(outcome.mounts).toMatchObject([{ partition: null }]);
      await expect.poll(async () => (await find(subject, outcome.device)).mounts.length).toBe(1);
      const { number: device, diskseq } = await find(subject, outcome.device);
      expect(valueOf(await api.devicesDetach({ device, diskseq, whenFree: false })).state).toBe('detached');
    });

    contract('who uses a device is told, its runs and programs are known by what is there, and it is mine', async (subject) => {
      const { api } = subject;
      const { number: device, diskseq } = await find(subject, (await attach(subject)).outcome.device);
      const list = valueOf(await api.holdersList({ device, diskseq, nameOthers: false }));
      expect(list).toMatchObject({
        root: { kind: 'loop', name: `loop${device}`, mounts: [], processes: [], devices: [] },
        hiddenProcesses: 0,
      });
      const stale = await api.holdersList({ device, diskseq: toDecimalText(1n), nameOthers: false });
      expect(stale).toMatchObject({ ok: false, error: { code: 'STALE_DEVICE' } });
      const gone = await api.holdersClose({ device, diskseq, pid: 4_194_304, startTime: toDecimalText(1n), signal: 'terminate' });
      expect(gone).toMatchObject({ ok: false, error: { code: 'PROCESS_GONE' } });
      for (const choice of ['wait', 'close', 'force', 'when-free', 'cancel'] as const) {
        expect(await api.detachesChoose({ run: 987_654, choice })).toMatchObject({ ok: false, error: { code: 'RUN_GONE' } });
      }
      expect(valueOf(await api.detachesMine({}))).toContainEqual({ device, diskseq });
      const detached = valueOf(await api.devicesDetach({ device, diskseq, whenFree: false, wait: true }));
      expect([detached.state, detached.run]).toEqual(['detached', undefined]);
      expect(valueOf(await api.stateGet({})).detachRuns).toEqual([]);
    });

    contract('preferences are kept one by one', async (subject) => {
      const { settings } = valueOf(await subject.api.stateGet({}));
      const next = valueOf(await subject.api.settingsSet({ partitionScan: !settings.partitionScan }));
      expect(next).toEqual({ ...settings, partitionScan: !settings.partitionScan });
      valueOf(await subject.api.settingsSet({ partitionScan: settings.partitionScan }));
    });

    contract('calls that do not fit are refused and nothing changes', async (subject) => {
      const wrong = { image: '../../etc/passwd', options } as never;
      expect(await subject.api.devicesAttach(wrong)).toMatchObject({ ok: false, error: { code: 'INVALID_CALL' } });
      expect(await subject.api.imagesDescribe({ image: 'f'.repeat(32) })).toMatchObject({ ok: false, error: { code: 'FILE_UNKNOWN' } });
      expect(await subject.api.imagesPaste({ text: 'no path at all' })).toMatchObject({ ok: false, error: { code: 'NO_IMAGE_NAMED' } });
      expect(await subject.api.jobsCancel({ job: 987_654 })).toMatchObject({ ok: false, error: { code: 'JOB_GONE' } });
    });

    contract('changes stop when the listener is taken away', async (subject) => {
      const changes: StateChange[] = [];
      const stop = subject.api.onStateChange((change) => changes.push(change));
      stop();
      await attach(subject);
      expect(changes).toEqual([]);
    });

    test.each(cases)('%s', (_title, run) => withSubject(make, run));
  });
}

/** The answer to an attach may come before the list has the device. */
async function find({ api }: Pick<ContractSubject, 'api'>, number: number) {
  const look = async () => valueOf(await api.stateGet({})).devices.find((one) => one.number === number);
  await expect.poll(look).toBeDefined();
  const device = await look();
  if (device === undefined) throw new Error(`loop${number} is not in the list`);
  return device;
}
