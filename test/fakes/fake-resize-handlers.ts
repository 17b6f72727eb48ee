/** Resizing in the fake: the real planner over the fake's devices, and its plan carried out on them at once. */
import type { Content, Contents } from '../../electron/ipc/contents.ts';
import type { InspectedContent, InspectedPartition, InspectedTable } from '../../electron/ipc/inspection.ts';
import type { RendererParams } from '../../electron/ipc/methods.ts';
import type { ResizeSubjectParams } from '../../electron/ipc/resize-methods.ts';
import type { PlaceInUse, ResizeFacts, ResizeOutcome, UnfinishedResize } from '../../electron/ipc/resize.ts';
import { planResize } from '../../electron/resize/planning/plan.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { FakeRefusal, type FakeHandlers } from './fake-contract.ts';
import type { Target } from './fake-device-handlers.ts';
import type { FakeModel } from './fake-model.ts';
import { decimal, GIB } from './sample-devices.ts';

const MEBIBYTE = 1n << 20n;

export function createResizeHandlers(model: FakeModel, target: Target) {
  const find = (subject: ResizeSubjectParams): LoopDevice => {
    if (!('image' in subject)) return target(subject);
    // Of the library only what is attached: main finds the device by its file.
    const image = model.library.images.find(({ id }) => id === subject.image);
    const device = model.state.devices.find(({ identity }) => identity !== null && identity.inode === image?.inode);
    if (device === undefined) throw new FakeRefusal('FILE_UNKNOWN');
    return device;
  };
  const unfinished = (device: LoopDevice): UnfinishedResize | null => model.unfinished.get(device.number) ?? null;
  const outcome = (device: LoopDevice): ResizeOutcome => {
    const { number, diskseq, sizeBytes } = device;
    return { sizeBytes, fileSystemBytes: null, device: { number, diskseq } };
  };
  return {
    'resize/facts': ({ subject }: RendererParams<'resize/facts'>) => {
      const device = find(subject);
      return { ...factsOf(device, model.contents.get(device.number) ?? []), unfinished: unfinished(device) };
    },
    'resize/run': ({ subject, sizeBytes, place, steps }: RendererParams<'resize/run'>) => {
      const device = find(subject);
      const facts = factsOf(device, model.contents.get(device.number) ?? []);
      const plan = planResize(facts, { wish: { kind: 'to', sizeBytes }, place });
      if (plan.refusal !== null) throw new FakeRefusal('RESIZE_REFUSED', { refusal: plan.refusal });
      if (plan.steps.map(({ step }) => step).join() !== steps.join()) throw new FakeRefusal('RESIZE_PLAN_CHANGED');
      const sizes = new Map(plan.partitions.map((one) => [one.number, decimal(BigInt(one.sizeBytes))]));
      const partitions = device.partitions.map((one) => ({ ...one, sizeBytes: sizes.get(one.number) ?? one.sizeBytes }));
      return outcome(model.update(device.number, { sizeBytes, partitions }));
    },
    'resize/finish': ({ subject, how }: RendererParams<'resize/finish'>) => {
      const device = find(subject);
      const stopped = unfinished(device);
      if (stopped === null) throw new FakeRefusal('NOTHING_UNFINISHED');
      if ((how === 'forget') !== stopped.replaced) throw new FakeRefusal(stopped.replaced ? 'UNDO_UNUSABLE' : 'RESIZE_UNFINISHED');
      model.unfinished.delete(device.number);
      if (how === 'forget') return outcome(device);
      return outcome(model.update(device.number, { sizeBytes: decimal(BigInt(how === 'undo' ? stopped.fromBytes : stopped.toBytes)) }));
    },
  } satisfies Partial<FakeHandlers>;
}

function factsOf(device: LoopDevice, contents: Contents): ResizeFacts {
  const size = BigInt(device.sizeBytes);
  const end = BigInt(device.offsetBytes) + size;
  const table = tableOf(device, contents);
  const whole = contents.find(({ partition }) => partition === null);
  return {
    fileName: device.backingFile?.text.split('/').at(-1) ?? '',
    fileBytes: String(end),
    offsetBytes: device.offsetBytes,
    sizeBytes: device.sizeBytes,
    freeBytes: String(112n * GIB),
    sectorBytes: device.logicalBlockSizeBytes,
    raw: true,
    writable: true,
    table,
    whole: table === null ? toContent(whole, size) : null,
    damaged: false,
    device: {
      number: device.number,
      diskseq: device.diskseq,
      readOnly: device.readOnly,
      limited: device.sizeLimitBytes !== '0',
      own: device.ownership !== 'other-user',
      held: device.holders.length > 0,
      inUse: inUse(device),
    },
    // As resize2fs and the superblock of btrfs say it: a third is used.
    minimums: [
      { place: 'whole', sizeBytes: String(size / 3n) },
      ...device.partitions.map(({ number, sizeBytes }) => ({ place: number, sizeBytes: String(BigInt(sizeBytes) / 3n) })),
    ],
    groups: [],
    restrictions: [],
    unfinished: null,
  };
}

function tableOf(device: LoopDevice, contents: Contents): InspectedTable | null {
  if (device.partitions.length === 0) return null;
  const partitions = device.partitions.map((partition): InspectedPartition => {
    const found = contents.find((content) => content.partition === partition.number);
    return {
      number: partition.number,
      typeCode: '',
      name: null,
      uuid: null,
      startBytes: partition.startBytes,
      sizeBytes: partition.sizeBytes,
      bootable: false,
      role: 'primary',
      content: partition.usedAsSwap
        ? { ...toContent(undefined, BigInt(partition.sizeBytes)), ...swap }
        : toContent(found, BigInt(partition.sizeBytes)),
    };
  });
  return { type: 'gpt', id: null, sectorBytes: 512, usable: { startBytes: String(MEBIBYTE), endBytes: device.sizeBytes }, partitions };
}

const swap = { kind: 'swap', type: 'swap', label: null, uuid: null, mountable: false } as const;

function toContent(found: Content | undefined, sizeBytes: bigint): InspectedContent {
  const nothing = { kind: 'file-system', type: 'ext4', label: null, uuid: null, mountable: true } as const;
  const facts = { version: null, fileSystemBytes: String(sizeBytes), usedBytes: null, freeBytes: null, blockBytes: 4096 };
  return { ...nothing, ...facts, state: 'clean', ...found };
}

function inUse(device: LoopDevice): readonly PlaceInUse[] {
  const places = [
    { place: 'whole' as const, mounts: device.mounts },
    ...device.partitions.map(({ number, mounts }) => ({ place: number, mounts })),
  ];
  const swaps = device.partitions.filter(({ usedAsSwap }) => usedAsSwap);
  const mounted = places.flatMap(({ place, mounts }) =>
    mounts.map(({ mountPoint, readOnly }): PlaceInUse => {
      const use = mountPoint.text.startsWith('/run/media/') ? 'ours' : 'elsewhere';
      return { place, use, readOnly, mountPoint: mountPoint.text };
    }),
  );
  return [...mounted, ...swaps.map(({ number }): PlaceInUse => ({ place: number, use: 'swap', readOnly: false, mountPoint: null }))];
}
