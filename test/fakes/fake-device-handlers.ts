/** The part of the fake that deals with attached devices and nodes. */
import type { RendererParams } from '../../electron/ipc/methods.ts';
import type { DeviceTarget, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { BackingFileFacts } from '../../electron/ipc/images.ts';
import { FakeRefusal, type FakeHandlers } from './fake-contract.ts';
import { createDetachHandlers } from './fake-detach-handlers.ts';
import { createMountHandlers, ownMounts } from './fake-mount-handlers.ts';
import type { FakeModel } from './fake-model.ts';
import { createResizeHandlers } from './fake-resize-handlers.ts';
import { createPageHandlers } from './fake-page-handlers.ts';
import { decimal, GIB, kernelText, partition } from './sample-devices.ts';

export function createDeviceHandlers(model: FakeModel) {
  /** The device, if it is still the one the caller saw. */
  const target = ({ device, diskseq }: { readonly device: number; readonly diskseq: string }): LoopDevice => {
    const found = model.device(device);
    if (found === undefined) throw new FakeRefusal(model.state.unboundNumbers.includes(device) ? 'NOT_ATTACHED' : 'NO_SUCH_DEVICE');
    if (found.diskseq !== diskseq) throw new FakeRefusal('STALE_DEVICE');
    return found;
  };
  return {
    ...createDetachHandlers(model, target),
    ...createLifeHandlers(model, target),
    ...createChangeHandlers(model, target),
    ...createMountHandlers(model, target),
    ...createNodeHandlers(model),
    ...createResizeHandlers(model, target),
    ...createPageHandlers(model, target),
  };
}

export type Target = (asked: { readonly device: number; readonly diskseq: string }) => LoopDevice;

function createLifeHandlers(model: FakeModel, target: Target) {
  return {
    'devices/cancel-detach': (params: DeviceTarget) => {
      const device = target(params);
      if (!device.autoclear) throw new FakeRefusal('NOT_DEFERRED');
      model.update(device.number, { autoclear: false });
      return null;
    },
    'devices/undo-detach': ({ undo }: RendererParams<'devices/undo-detach'>) => {
      const device = model.takeUndo(undo);
      if (device === undefined) throw new FakeRefusal('UNDO_GONE');
      const number = model.freeNumber();
      const diskseq = model.nextDiskseq();
      model.put({ ...device, number, diskseq });
      return {
        device: number,
        diskseq,
        outcome: 'attached' as const,
        readOnlyReason: device.readOnly ? ('requested' as const) : null,
        warnings: [],
        mounts: ownMounts(device),
        mountFailures: [],
      };
    },
    'devices/kernel-view': (params: DeviceTarget) => {
      const device = target(params);
      const fields = [
        { name: 'lo_device', value: device.identity?.device ?? '0' },
        { name: 'lo_inode', value: device.identity?.inode ?? '0' },
        { name: 'lo_rdevice', value: '0' },
        { name: 'lo_offset', value: device.offsetBytes },
        { name: 'lo_sizelimit', value: device.sizeLimitBytes },
        { name: 'lo_number', value: device.number.toString() },
        { name: 'lo_flags', value: device.partitionScan ? '0x8 (PARTSCAN)' : '0x0' },
        { name: 'lo_file_name', value: device.reference?.text ?? '' },
        { name: 'lo_encrypt_key', value: '00'.repeat(32) },
      ];
      return { status64: fields, status: BigInt(device.offsetBytes) > 2n ** 31n - 1n ? { errno: 75 } : fields.slice(0, 6) };
    },
    'devices/backing-file': (params: DeviceTarget): BackingFileFacts => {
      const device = target(params);
      const path = device.backingFile?.text ?? '';
      if (device.backingFileState !== 'named') return { kind: 'missing', path };
      const sizeBytes = model.files.find(path)?.sizeBytes ?? BigInt(device.sizeBytes);
      const freeBytes = (112n * GIB).toString();
      return {
        kind: 'present',
        path,
        sizeBytes: sizeBytes.toString(),
        allocatedBytes: (sizeBytes / 3n).toString(),
        freeBytes,
        writable: (model.files.find(path)?.access ?? 'read-write') === 'read-write',
      };
    },
    'devices/show-in-folder': (params: DeviceTarget) => {
      target(params);
      if (model.state.host === 'browser') throw new FakeRefusal('NOT_IN_THIS_HOST');
      return null;
    },
  } satisfies Partial<FakeHandlers>;
}

function createChangeHandlers(model: FakeModel, target: Target) {
  return {
    'devices/set': (params: RendererParams<'devices/set'>) => {
      const device = target(params);
      if (params.changes.partitionScan === false && device.partitionScan) throw new FakeRefusal('PARTITION_SCAN_PERMANENT');
      const { reference, ...changes } = params.changes;
      const facts = { ...changes, ...(reference === undefined ? {} : { reference: kernelText(reference) }) } as Partial<LoopDevice>;
      return model.update(device.number, facts);
    },
    'devices/set-capacity': (params: DeviceTarget) => {
      const device = target(params);
      const file = model.files.find(device.backingFile?.text ?? '');
      return model.update(device.number, { sizeBytes: decimal(file?.sizeBytes ?? BigInt(device.sizeBytes)) });
    },
    'devices/rescan': (params: DeviceTarget) => {
      const device = target(params);
      if (!device.partitionScan) throw new FakeRefusal('PARTITION_SCAN_OFF');
      return model.update(device.number, {});
    },
    'devices/set-partition': (params: RendererParams<'devices/set-partition'>) => {
      const device = target(params);
      const present = device.partitions.find((one) => one.number === params.partition);
      if (params.action !== 'add' && present === undefined) throw new FakeRefusal('NO_SUCH_PARTITION');
      if (params.action === 'delete') {
        if (present !== undefined && present.mounts.length > 0) throw new FakeRefusal('DEVICE_MOUNTED');
        return model.update(device.number, { partitions: device.partitions.filter((one) => one.number !== params.partition) });
      }
      const start = params.action === 'add' ? params.startBytes : (present?.startBytes ?? decimal(0));
      if (BigInt(start) + BigInt(params.sizeBytes) > BigInt(device.sizeBytes)) throw new FakeRefusal('PARTITION_INVALID');
      const next = { ...(present ?? partition(params.partition, BigInt(start), 0n)), sizeBytes: params.sizeBytes };
      return model.update(device.number, { partitions: [...device.partitions.filter((one) => one.number !== params.partition), next] });
    },
    'devices/change-backing-file': (params: RendererParams<'devices/change-backing-file'>) => {
      const device = target(params);
      if (!device.readOnly) throw new FakeRefusal('DEVICE_NOT_READ_ONLY');
      const path = model.files.pathOf(params.image);
      if (path === undefined) throw new FakeRefusal('FILE_UNKNOWN');
      if (model.files.find(path)?.sizeBytes !== BigInt(device.sizeBytes)) throw new FakeRefusal('IMAGE_SIZE_DIFFERS');
      return model.update(device.number, { backingFile: kernelText(path), diskseq: model.nextDiskseq() });
    },
  } satisfies Partial<FakeHandlers>;
}

function createNodeHandlers(model: FakeModel) {
  return {
    'nodes/add': ({ device }: RendererParams<'nodes/add'>) => {
      const numbers = [...model.state.unboundNumbers, ...model.state.devices.map((one) => one.number)];
      if (device !== null && numbers.includes(device)) throw new FakeRefusal('NODE_EXISTS', { detail: { device } });
      const number = device ?? Math.max(-1, ...numbers) + 1;
      model.change({ unboundNumbers: [...model.state.unboundNumbers, number].toSorted((left, right) => left - right) });
      return number;
    },
    'nodes/remove': ({ device }: RendererParams<'nodes/remove'>) => {
      if (model.device(device) !== undefined) throw new FakeRefusal('NODE_IN_USE');
      if (!model.state.unboundNumbers.includes(device)) throw new FakeRefusal('NO_SUCH_DEVICE');
      model.change({ unboundNumbers: model.state.unboundNumbers.filter((number) => number !== device) });
      return null;
    },
    'nodes/find-free': () => model.freeNumber(),
  } satisfies Partial<FakeHandlers>;
}
