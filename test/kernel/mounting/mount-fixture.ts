/** Mounting for tests: folders and records of their own, and the certainty that nothing stays mounted. Needs root. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createMounting, createMountHandlers } from '../../../native-helper/mounting/handlers.ts';
import { readMountInfo, type MountEntry } from '../../../native-helper/linux/process-mounts.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import type { MountParams, MountResult, UnmountParams } from '../../../native-helper/protocol/mounts.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import type { Ownership } from '../../../native-helper/protocol/devices.ts';
import type { Handler, RequestContext } from '../../../native-helper/rpc/handlers.ts';
import type { LogFields } from '../../../native-helper/rpc/log.ts';
import type { AttachedDevice, AttachOptions, LoopFixture } from '../loop-fixture.ts';

const request: RequestContext = { signal: new AbortController().signal, descriptors: [] };
type MountHandlers = ReturnType<typeof createMountHandlers>;

/** True when this kernel can mount the type, or has a module for it. */
export function hasFileSystem(type: string): boolean {
  return readFileSync('/proc/filesystems', 'utf8')
    .split('\n')
    .some((line) => line.endsWith(`\t${type}`));
}

export class MountFixture {
  readonly loops: LoopFixture;
  readonly logged: LogFields[] = [];
  #folder = '';
  #handlers: MountHandlers | null = null;

  constructor(loops: LoopFixture) {
    this.loops = loops;
  }

  get mediaFolder(): string {
    return join(this.#folder, 'media');
  }

  get stateFolder(): string {
    return join(this.#folder, 'state');
  }

  /** As a new helper: other folders for a new test, the same ones within a test. */
  restart(options: { uid?: number; ownership?: Ownership } = {}): MountHandlers {
    if (this.#folder === '') {
      this.#folder = join(this.loops.folder, `mounting-${readdirSync(this.loops.folder).length}-${process.hrtime.bigint()}`);
      mkdirSync(this.mediaFolder, { recursive: true });
    }
    const mounting = createMounting({
      uid: options.uid ?? 0,
      records: { ownershipOf: () => options.ownership ?? 'own' } as never,
      log: (_event, fields) => this.logged.push(fields ?? {}),
      mediaFolder: this.mediaFolder,
      stateFolder: this.stateFolder,
    });
    this.#handlers = createMountHandlers(mounting, { onMountsChanged: () => {}, isSlow: () => false });
    return this.#handlers;
  }

  /** A file with a file system, attached. `make` is the command that formats it, its path added at the end. */
  async attachFormatted(make: readonly string[], bytes: number, options: AttachOptions = {}): Promise<AttachedDevice> {
    const path = this.makeFormatted(make, bytes);
    return this.loops.attach(path, options);
  }

  makeFormatted(make: readonly string[], bytes: number): string {
    const path = this.loops.makeImage(`${process.hrtime.bigint()}.img`, bytes).toString();
    const [program = '', ...parameters] = make;
    execFileSync(program, [...parameters, path], { stdio: 'pipe' });
    return path;
  }

  mount(device: AttachedDevice, changes: Partial<MountParams> = {}): Promise<MountResult> {
    return this.#call('mounts/mount', {
      ...this.target(device),
      partition: null,
      fileSystemType: 'ext4',
      readOnly: false,
      label: 'disk',
      detachWhenUnmounted: false,
      ...changes,
    });
  }

  async unmount(device: AttachedDevice, { mount }: MountResult, changes: Partial<UnmountParams> = {}): Promise<string> {
    const params = { ...this.target(device), mountId: mount.mountId, lazy: false, ...changes };
    return (await this.#call('mounts/unmount', params)).state;
  }

  async grow(device: AttachedDevice, { mount }: MountResult) {
    return this.#call('mounts/grow', { ...this.target(device), mountId: mount.mountId });
  }

  async shrink(device: AttachedDevice, { mount }: MountResult, sizeBytes: number) {
    return this.#call('mounts/shrink', { ...this.target(device), mountId: mount.mountId, sizeBytes: toDecimal(sizeBytes) });
  }

  async trim(device: AttachedDevice, { mount }: MountResult) {
    return this.#call('devices/trim', { ...this.target(device), mountId: mount.mountId });
  }

  async #call<N extends keyof MountHandlers>(
    name: N,
    params: Parameters<MountHandlers[N]>[0],
  ): Promise<Awaited<ReturnType<MountHandlers[N]>>> {
    const handlers = this.#handlers ?? this.restart();
    const handler = handlers[name] as Handler<N>;
    return (await handler(params as never, request)) as Awaited<ReturnType<MountHandlers[N]>>;
  }

  target({ number, diskseq }: AttachedDevice) {
    return { device: number, diskseq: toDecimal(diskseq) };
  }

  /** What is mounted below our folder. */
  mounted(): readonly MountEntry[] {
    const prefix = Buffer.from(`${this.loops.folder}/`);
    return readMountInfo().filter(({ mountPoint }) => prefix.equals(mountPoint.subarray(0, prefix.byteLength)));
  }

  /** Folders made for mounts, and records: both must be empty when nothing is mounted. */
  leftovers(): readonly string[] {
    const list = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
    return [...list(this.mediaFolder).flatMap((user) => list(join(this.mediaFolder, user))), ...list(join(this.stateFolder, 'mounts'))];
  }

  release(): void {
    for (const { mountPoint } of this.mounted().toReversed()) execFileSync('umount', ['-l', Buffer.from(mountPoint).toString()]);
    this.#folder = '';
    this.#handlers = null;
    this.logged.length = 0;
  }
}

/** Released after each test, before the loop devices are detached. */
export function useMountFixture(loops: LoopFixture): MountFixture {
  const fixture = new MountFixture(loops);
  // Hooks after each test run last first, so this one comes before that of the loop fixture.
  afterEach(() => fixture.release());
  return fixture;
}

/** The code with which a request fails, or `done`. */
export async function codeOf(result: Promise<unknown>): Promise<string> {
  try {
    await result;
    return 'done';
  } catch (error) {
    if (error instanceof HelperError) return error.code;
    throw error;
  }
}
