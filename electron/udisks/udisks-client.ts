/**
 * Attaches, mounts and detaches through udisks2's command line, in the terms of the helper's protocol: for an AppImage, which can bring
 * no helper of its own. Whatever only looks goes to the view-only helper; everything else is ROOT_REQUIRED. Main process.
 */
import type { AttachParams, AttachResult, DetachParams, DetachResult, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import type { MethodName, ParamsInputOf, ResultOf } from '../../native-helper/protocol/methods.ts';
import type { MountParams, MountResult, UnmountParams, UnmountResult } from '../../native-helper/protocol/mounts.ts';
import type { CallOptions, HelperClient } from '../helper/helper-client.ts';
import { planAttach, readFileName, type FileInUse } from './plan-attach.ts';
import type { Udisksctl } from './udisksctl.ts';

type Viewer = Pick<HelperClient, 'call' | 'onNotification' | 'onEnd'>;

type Handlers = { readonly [N in MethodName]: (params: ParamsInputOf<N>, options: CallOptions) => Promise<ResultOf<N>> };

export class UdisksClient implements Viewer {
  readonly #viewer: Viewer;
  readonly #udisks: Udisksctl;
  /** Exactly these are answered here; the view-only helper answers, or refuses, all others. */
  readonly #handlers: Partial<Handlers>;

  constructor(viewer: Viewer, udisks: Udisksctl) {
    this.#viewer = viewer;
    this.#udisks = udisks;
    this.#handlers = {
      'devices/attach': async (params, options) => this.#attach(params as AttachParams, options),
      'devices/detach': async (params) => this.#detach(params as DetachParams),
      'devices/set': async ({ device, diskseq, changes }) => this.#keep(device, diskseq, changes),
      'mounts/mount': async (params) => this.#mount(params as MountParams),
      'mounts/unmount': async (params) => this.#unmount(params as UnmountParams),
    };
  }

  async call<N extends MethodName>(method: N, params: ParamsInputOf<N>, options: CallOptions = {}): Promise<ResultOf<N>> {
    const own: Handlers[N] | undefined = this.#handlers[method];
    return own === undefined ? this.#viewer.call(method, params, options) : own(params, options);
  }

  onNotification(listener: Parameters<HelperClient['onNotification']>[0]): () => void {
    return this.#viewer.onNotification(listener);
  }

  onEnd(listener: Parameters<HelperClient['onEnd']>[0]): () => void {
    return this.#viewer.onEnd(listener);
  }

  async #attach(params: AttachParams, { descriptors = [], signal }: CallOptions): Promise<AttachResult> {
    const [fd] = descriptors;
    if (fd === undefined) throw new HelperError('INVALID_PARAMETERS');
    const file: FileInUse = { name: await readFileName(fd), devices: (await this.#viewer.call('devices/list', {})).devices };
    const plan = planAttach(params, file);
    if (plan.kind === 'reuse') {
      return { device: plan.device, outcome: 'already-attached', readOnlyReason: readOnlyReason(plan.device), warnings: [] };
    }
    const number = await this.#udisks.setUp(fd, params, signal);
    const device = await this.#find(number);
    return { device, outcome: 'attached', readOnlyReason: params.readOnly ? 'requested' : device.readOnly ? 'kernel' : null, warnings: [] };
  }

  /** udisks2 answers before the kernel is done, where somebody has the device open: only the list says whether it is gone. */
  async #detach({ device, diskseq, whenFree }: DetachParams): Promise<DetachResult> {
    const { mounts } = await this.#expect(device, diskseq);
    if (mounts.length > 0) {
      throw new HelperError('DEVICE_MOUNTED', { detail: { mountPoints: mounts.map(({ mountPoint }) => mountPoint.text) } });
    }
    await this.#udisks.remove(device);
    const { devices } = await this.#viewer.call('devices/list', {});
    const isLeft = devices.some((other) => other.number === device && other.diskseq === diskseq);
    if (isLeft && !whenFree) throw new HelperError('DEVICE_BUSY');
    return { state: isLeft ? 'deferred' : 'detached' };
  }

  /** Only what is so already: udisks2's command line changes nothing of an attached device. */
  async #keep(number: number, diskseq: string, changes: ParamsInputOf<'devices/set'>['changes']): Promise<LoopDevice> {
    const device = await this.#expect(number, diskseq);
    const asks = Object.keys(changes).filter((name) => name !== 'autoclear');
    if (asks.length > 0 || (changes.autoclear !== undefined && changes.autoclear !== device.autoclear)) {
      throw new HelperError('ROOT_REQUIRED');
    }
    return device;
  }

  async #mount({ device, diskseq, partition, fileSystemType, readOnly }: MountParams): Promise<MountResult> {
    await this.#expect(device, diskseq);
    const mountPoint = await this.#udisks.mount(nodeOf(device, partition), fileSystemType, readOnly);
    const now = await this.#find(device);
    const all = [...now.mounts, ...now.partitions.flatMap(({ mounts }) => mounts)];
    const mount = all.find((one) => one.mountPoint.text === mountPoint);
    if (mount === undefined) throw new HelperError('NOT_MOUNTED');
    return { mount, detachesWhenUnmounted: now.autoclear };
  }

  async #unmount({ device, diskseq, mountId, lazy }: UnmountParams): Promise<UnmountResult> {
    const now = await this.#expect(device, diskseq);
    const places = [
      { partition: null, mounts: now.mounts },
      ...now.partitions.map(({ number, mounts }) => ({ partition: number, mounts })),
    ];
    const place = places.find(({ mounts }) => mounts.some((mount) => mount.mountId === mountId));
    if (place === undefined) throw new HelperError('NOT_MOUNTED');
    await this.#udisks.unmount(nodeOf(device, place.partition), lazy);
    return { state: lazy ? 'lazy' : 'unmounted' };
  }

  async #find(number: number): Promise<LoopDevice> {
    const { devices } = await this.#viewer.call('devices/list', {});
    const device = devices.find((one) => one.number === number);
    if (device === undefined) throw new HelperError('NOT_ATTACHED');
    return device;
  }

  /** The device as the caller saw it; another one by now is refused. */
  async #expect(number: number, diskseq: string): Promise<LoopDevice> {
    const device = await this.#find(number);
    if (device.diskseq !== diskseq) throw new HelperError('STALE_DEVICE');
    return device;
  }
}

function nodeOf(device: number, partition: number | null): string {
  return `/dev/loop${device}${partition === null ? '' : `p${partition}`}`;
}

function readOnlyReason({ readOnly }: LoopDevice): AttachResult['readOnlyReason'] {
  return readOnly ? 'existing' : null;
}
