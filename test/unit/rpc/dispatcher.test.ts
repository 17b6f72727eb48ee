/** The dispatcher with handlers that the test settles: order, limits, authorization, withdrawal, one reply each. */
import { describe, expect, test } from 'vitest';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { Dispatcher, ProtocolViolation } from '../../../native-helper/rpc/dispatcher.ts';
import type { AuthorizeRequest, HelperHandlers, RequestContext } from '../../../native-helper/rpc/handlers.ts';

interface Running {
  readonly method: string;
  readonly device: number | null;
  readonly signal: AbortSignal;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Reply {
  readonly id: number | null;
  readonly result?: unknown;
  readonly error?: { readonly data: { readonly code: string } };
}

class Peer {
  readonly replies: Reply[] = [];
  readonly running: Running[] = [];
  readonly closed: number[] = [];
  readonly dispatcher: Dispatcher;
  shutdowns = 0;

  constructor(options: { authorize?: AuthorizeRequest; mode?: 'elevated' | 'view' } = {}) {
    this.dispatcher = new Dispatcher({
      hello: { protocolVersion: 1, version: '0', mode: options.mode ?? 'elevated', uid: 0, pid: 1 },
      handlers: new Proxy({}, { get: (_target, method: string) => this.#handlerOf(method) }) as HelperHandlers,
      authorize: options.authorize ?? (() => {}),
      send: (line) => this.replies.push(JSON.parse(line) as Reply),
      closeDescriptor: (descriptor) => this.closed.push(descriptor),
      log: () => {},
      onShutdown: () => {
        this.shutdowns += 1;
      },
    });
    this.say(1, 'session/hello', { protocolVersion: 1 });
    this.replies.length = 0;
  }

  #handlerOf(method: string) {
    return ({ device = null }: { device?: number | null }, { signal }: RequestContext): unknown => {
      if (method === 'session/features') return 'at once';
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      this.running.push({ method, device, signal, resolve, reject });
      return promise;
    };
  }

  say(id: number, method: string, params: object = {}, descriptors: number[] = []): void {
    const fds = descriptors.length > 0 ? { fds: 1 } : {};
    this.dispatcher.receive(Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, method, params, ...fds })}\n`), descriptors);
  }

  onDevice(id: number, device: number): void {
    this.say(id, 'devices/set-capacity', { device, diskseq: '1' });
  }

  get codes(): unknown[] {
    return this.replies.map(({ id, result, error }) => [id, error?.data.code ?? result]);
  }

  /** Lets everything that is settled take its course. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const image = {
  statusCall: 'LOOP_SET_STATUS64',
  readOnly: true,
  offsetBytes: '0',
  sizeLimitBytes: '0',
  partitionScan: false,
  autoclear: false,
  reference: null,
};

describe('the dispatcher', () => {
  test('answers in the same turn when the handler does', () => {
    const peer = new Peer();
    peer.say(2, 'session/features');
    expect(peer.codes).toStrictEqual([[2, 'at once']]);
  });

  test('runs requests on one device one after another and others side by side', async () => {
    const peer = new Peer();
    [7, 7, 8, 7].forEach((device, index) => peer.onDevice(2 + index, device));
    expect(peer.running.map(({ device }) => device)).toStrictEqual([7, 8]);
    peer.running[0]?.resolve('first');
    await peer.settle();
    expect(peer.running.map(({ device }) => device)).toStrictEqual([7, 8, 7]);
    peer.running[2]?.reject(new HelperError('DEVICE_BUSY'));
    await peer.settle();
    expect(peer.running.map(({ device }) => device)).toStrictEqual([7, 8, 7, 7]);
    expect(peer.codes).toStrictEqual([
      [2, 'first'],
      [3, 'DEVICE_BUSY'],
    ]);
  });

  test('takes 64 requests, waiting ones counted, and one more after an answer', async () => {
    const peer = new Peer();
    for (let id = 2; id < 66; id += 1) peer.onDevice(id, id % 2);
    peer.onDevice(66, 5);
    expect(peer.codes).toStrictEqual([[66, 'TOO_MANY_REQUESTS']]);
    peer.running[0]?.resolve(null);
    await peer.settle();
    peer.onDevice(67, 5);
    expect(peer.codes).toStrictEqual([
      [66, 'TOO_MANY_REQUESTS'],
      [2, null],
    ]);
  });

  test('takes a withdrawal although 64 are in flight', () => {
    const peer = new Peer();
    for (let id = 2; id < 66; id += 1) peer.onDevice(id, 1);
    peer.say(70, 'session/cancel', { request: 65 });
    expect(peer.codes).toStrictEqual([
      [65, 'CANCELLED'],
      [70, true],
    ]);
  });

  test('tells a running request of its withdrawal by the signal and waits for its own answer', async () => {
    const peer = new Peer();
    peer.onDevice(2, 1);
    const [running] = peer.running;
    expect(running?.signal.aborted).toBe(false);
    peer.say(3, 'session/cancel', { request: 2 });
    expect(running?.signal.reason).toMatchObject({ code: 'CANCELLED' });
    running?.resolve('too late');
    await peer.settle();
    peer.say(4, 'session/cancel', { request: 2 });
    expect(peer.codes).toStrictEqual([
      [3, true],
      [2, 'too late'],
      [4, false],
    ]);
  });

  test('does not run a request that was withdrawn while authorization was asked for', async () => {
    const asked = Promise.withResolvers<void>();
    const peer = new Peer({ authorize: () => asked.promise });
    peer.onDevice(2, 1);
    peer.say(3, 'session/cancel', { request: 2 });
    asked.resolve();
    await peer.settle();
    expect(peer.running).toStrictEqual([]);
    expect(peer.codes).toStrictEqual([
      [3, true],
      [2, 'CANCELLED'],
    ]);
  });

  test.each([
    [
      'at once',
      (() => {
        throw new HelperError('NOT_PERMITTED');
      }) as AuthorizeRequest,
      'NOT_PERMITTED',
    ],
    [
      'later',
      (async () => {
        throw new HelperError('AUTHORIZATION_DISMISSED');
      }) as AuthorizeRequest,
      'AUTHORIZATION_DISMISSED',
    ],
    [
      'by a fault',
      (async () => {
        throw new TypeError('x');
      }) as AuthorizeRequest,
      'INTERNAL',
    ],
  ])('runs nothing that authorization refuses %s', async (_name, authorize, code) => {
    const peer = new Peer({ authorize });
    peer.say(2, 'devices/attach-legacy', image, [9]);
    await peer.settle();
    expect(peer.running).toStrictEqual([]);
    expect(peer.codes).toStrictEqual([[2, code]]);
    expect(peer.closed).toStrictEqual([9]);
  });

  test('asks authorization with the parsed parameters before the handler runs', async () => {
    const asked: unknown[] = [];
    const peer = new Peer({ authorize: (method, params, { descriptors }) => void asked.push([method, params, descriptors]) });
    peer.say(2, 'devices/attach-legacy', image, [9]);
    expect(asked).toStrictEqual([['devices/attach-legacy', image, [9]]]);
    expect(peer.running).toHaveLength(1);
  });

  test('keeps a descriptor open while the handler runs and closes it once', async () => {
    const peer = new Peer();
    peer.say(2, 'devices/attach-legacy', image, [9]);
    expect(peer.closed).toStrictEqual([]);
    peer.running[0]?.resolve(null);
    await peer.settle();
    await peer.dispatcher.end();
    expect(peer.closed).toStrictEqual([9]);
  });

  test('refuses without root what needs it, and closes what came along', () => {
    const peer = new Peer({ mode: 'view' });
    peer.say(2, 'devices/attach-legacy', image, [9]);
    expect(peer.codes).toStrictEqual([[2, 'ROOT_REQUIRED']]);
    expect(peer.closed).toStrictEqual([9]);
  });

  test('acts on nothing of a piece that holds a descriptor too many', () => {
    const peer = new Peer();
    const line = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'devices/set-capacity', params: { device: 1, diskseq: '1' } });
    expect(() => peer.dispatcher.receive(Buffer.from(`${line}\n`), [9])).toThrow(ProtocolViolation);
    expect(peer.running).toStrictEqual([]);
  });
});

describe('the end', () => {
  test('fails what waits, aborts what runs, and is over with the last of them', async () => {
    const peer = new Peer();
    peer.onDevice(2, 1);
    peer.onDevice(3, 1);
    let isOver = false;
    const end = peer.dispatcher.end().then(() => {
      isOver = true;
    });
    expect(peer.codes).toStrictEqual([[3, 'SHUTTING_DOWN']]);
    expect(peer.running[0]?.signal.reason).toMatchObject({ code: 'SHUTTING_DOWN' });
    await peer.settle();
    expect(isOver).toBe(false);
    peer.running[0]?.resolve('done after all');
    await end;
    expect(peer.running).toHaveLength(1);
    expect(peer.codes).toStrictEqual([
      [3, 'SHUTTING_DOWN'],
      [2, 'done after all'],
    ]);
  });

  test('closes descriptors that no request took', async () => {
    const peer = new Peer();
    peer.dispatcher.receive(Buffer.from('{'), [9]);
    await peer.dispatcher.end();
    expect(peer.closed).toStrictEqual([9]);
  });

  test('comes after session/shutdown was answered', () => {
    const peer = new Peer();
    peer.say(2, 'session/shutdown');
    peer.say(3, 'session/features');
    expect([peer.codes, peer.shutdowns]).toStrictEqual([
      [
        [2, null],
        [3, 'SHUTTING_DOWN'],
      ],
      1,
    ]);
  });
});
