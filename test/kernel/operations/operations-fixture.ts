/**
 * The operations of the elevated helper in this process, on real devices: with the schemas of the protocol before them, records in a
 * folder of their own, and everything they announced kept in a list.
 */
import { constants, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { DescriptorPoller } from '../../../native-helper/linux/poller.ts';
import { createHandlers, type OperationHandlers, type OperationName } from '../../../native-helper/operations/handlers.ts';
import type { AttachResult, DeviceChanges, LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { HelperError, type HelperErrorData } from '../../../native-helper/protocol/errors.ts';
import { helperMethods, type ParamsInputOf, type ResultOf } from '../../../native-helper/protocol/methods.ts';
import { createRecordKernel } from '../../../native-helper/records/kernel.ts';
import { createRecords, type OwnershipRecords } from '../../../native-helper/records/ownership.ts';
import type { Handler } from '../../../native-helper/rpc/handlers.ts';
import { LoopFixture } from '../loop-fixture.ts';
import { plainAttach } from './plain-attach.ts';

/** What a test says about attaching; the rest is the plainest. */
export type AttachWishes = Partial<ParamsInputOf<'devices/attach'>>;

export interface OperationsOptions {
  readonly mode?: 'elevated' | 'view';
  readonly uid?: number;
}

export class OperationsFixture {
  readonly loop = new LoopFixture();
  readonly changes: DeviceChanges[] = [];
  #poller = new DescriptorPoller();
  #operations: OperationHandlers | null = null;
  #records: OwnershipRecords | null = null;

  start({ mode = 'elevated', uid = 0 }: OperationsOptions = {}): void {
    this.#poller = new DescriptorPoller();
    this.changes.length = 0;
    this.#records =
      mode === 'view' ? null : createRecords({ uid, kernel: createRecordKernel(() => false), folder: join(this.loop.folder, 'records') });
    this.#operations = createHandlers({
      mode,
      uid,
      records: this.#records,
      poller: this.#poller,
      notify: (_, changes) => this.changes.push(changes),
    });
  }

  async stop(): Promise<void> {
    this.#operations?.stop();
    this.#operations = null;
    await this.#poller.stop();
  }

  get operations(): OperationHandlers {
    if (this.#operations === null) throw new Error('not started');
    return this.#operations;
  }

  get records(): OwnershipRecords {
    if (this.#records === null) throw new Error('not started as root');
    return this.#records;
  }

  /** One request as the dispatcher would pass it on. */
  async call<N extends OperationName>(
    name: N,
    params: ParamsInputOf<N>,
    descriptors: readonly number[] = [],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ResultOf<N>> {
    const parsed: unknown = v.parse(helperMethods[name].params, params);
    const handler: unknown = this.operations.handlers[name];
    // One name at a time: the compiler does not follow it through the table.
    return (handler as Handler<N>)(parsed as Parameters<Handler<N>>[0], { signal, descriptors });
  }

  /** Attaches an open descriptor; detached at the end of the test. */
  async attachDescriptor(fd: number, wishes: AttachWishes = {}): Promise<AttachResult> {
    const result = await this.call('devices/attach', { ...plainAttach, ...wishes }, [fd]);
    this.loop.adopt(result.device.number);
    return result;
  }

  /** Opens a file, attaches it and closes it again. */
  async attach(path: string | Buffer, wishes: AttachWishes = {}, flags: number = constants.O_RDWR): Promise<AttachResult> {
    const fd = this.loop.open(path, flags);
    try {
      return await this.attachDescriptor(fd, wishes);
    } finally {
      this.loop.close(fd);
    }
  }

  /** The device as devices/list shows it, or undefined. */
  async find(number: number): Promise<LoopDevice | undefined> {
    const { devices } = await this.call('devices/list', {});
    return devices.find((device) => device.number === number);
  }
}

/** Number and diskseq for a request. */
export function targetOf(device: LoopDevice): { device: number; diskseq: string } {
  return { device: device.number, diskseq: device.diskseq };
}

/** Names of the loop nodes this process has open: none, between two operations. */
export function openLoopNodes(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return /^\/dev\/loop\d/u.test(path) ? [path] : [];
    } catch {
      return []; // the descriptor of the listing itself
    }
  });
}

/** The error data a request fails with. Other failures, and success, fail the test. */
export async function refusalOf(attempt: Promise<unknown>): Promise<HelperErrorData> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof HelperError) return error.toData();
    throw error;
  }
  throw new Error('the request succeeded');
}

/** {@link refusalOf}, the code alone. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return (await refusalOf(attempt)).code;
}

/** A fixture for the whole test file. After each test, with the helper ended, nothing is attached and no loop node is open. */
export function useOperations(options: OperationsOptions = {}): OperationsFixture {
  const fixture = new OperationsFixture();
  beforeEach(() => fixture.start(options));
  afterEach(async () => {
    await fixture.stop();
    const nodes = openLoopNodes();
    await fixture.loop.release();
    expect(nodes).toEqual([]);
  });
  afterAll(() => fixture.loop.deleteFolder());
  return fixture;
}
