/** The one poll of the process: what it reports, how it is woken, and that it ends. */
import { spawnSync } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeDescriptor, createEventDescriptor, signalEventDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { read } from '../../../native-helper/linux/ffi.ts';
import { DescriptorPoller, pollEvents } from '../../../native-helper/linux/poller.ts';
import { makeSocketPair } from './socket-pair.ts';

const { POLLIN, POLLHUP, POLLNVAL } = pollEvents;
let poller = new DescriptorPoller();
let opened: number[] = [];

beforeEach(() => {
  poller = new DescriptorPoller();
  opened = [];
});
afterEach(async () => {
  await poller.stop();
  opened.forEach((fd) => closeDescriptor(fd));
});

function event(): number {
  const fd = createEventDescriptor();
  opened.push(fd);
  return fd;
}

function drain(fd: number): void {
  read(fd, Buffer.alloc(8), 8);
}

/** Registers a descriptor that is drained at each call; `next` resolves at the next one. */
function watch(fd: number): { next: () => Promise<number>; undo: () => void; count: () => number } {
  let calls = 0;
  let waiting: ((events: number) => void)[] = [];
  const undo = poller.register(fd, POLLIN, (events) => {
    calls++;
    drain(fd);
    const resolvers = waiting;
    waiting = [];
    resolvers.forEach((resolve) => resolve(events));
  });
  return { undo, count: () => calls, next: () => new Promise((resolve) => waiting.push(resolve)) };
}

test('reports each of many descriptors', async () => {
  const watched = Array.from({ length: 20 }, () => event()).map((fd) => ({ fd, ...watch(fd) }));
  const all = watched.map(({ next }) => next());
  watched.forEach(({ fd }) => signalEventDescriptor(fd));
  expect(await Promise.all(all)).toEqual(watched.map(() => POLLIN));
});

test('reports again and again', async () => {
  const fd = event();
  const { next, count } = watch(fd);
  for (let round = 0; round < 5; round++) {
    const reported = next();
    signalEventDescriptor(fd);
    await reported;
  }
  expect(count()).toBe(5);
});

test('watches what is registered while the call is in flight, and forgets what is undone', async () => {
  const [first, second, third] = [event(), event(), event()];
  const one = watch(first);
  const two = watch(second);
  one.undo();
  const reported = two.next();
  signalEventDescriptor(first);
  signalEventDescriptor(second);
  await reported;
  const three = watch(third);
  const another = three.next();
  signalEventDescriptor(third);
  await another;
  expect([one.count(), two.count(), three.count()]).toEqual([0, 1, 1]);
});

test('does not call what an earlier callback of the same round has undone', async () => {
  const [first, second] = [event(), event()];
  signalEventDescriptor(first);
  signalEventDescriptor(second);
  const calls: string[] = [];
  const undos: (() => void)[] = [];
  await new Promise<void>((resolve) => {
    const once = (name: string) => () => {
      calls.push(name);
      undos.forEach((undo) => undo());
      resolve();
    };
    undos.push(poller.register(first, POLLIN, once('first')), poller.register(second, POLLIN, once('second')));
  });
  const last = watch(event());
  const reported = last.next();
  signalEventDescriptor(opened.at(-1) ?? -1);
  await reported;
  expect(calls).toHaveLength(1);
});

test('reports a closed peer', async () => {
  const [ours, theirs] = makeSocketPair();
  opened.push(ours);
  const reported = new Promise<number>((resolve) => {
    const undo = poller.register(ours, POLLIN, (events) => {
      undo();
      resolve(events);
    });
  });
  writeSync(theirs, 'x');
  closeSync(theirs);
  expect((await reported) & POLLIN).toBe(POLLIN);
  const hangUp = new Promise<number>((resolve) => {
    const undo = poller.register(ours, 0, (events) => {
      undo();
      resolve(events);
    });
  });
  expect(await hangUp).toBe(POLLHUP);
});

test('reports a descriptor that is not open once, and drops it', async () => {
  let calls = 0;
  const reported = new Promise<number>((resolve) => {
    poller.register(999_999, POLLIN, (events) => {
      calls++;
      resolve(events);
    });
  });
  expect(await reported).toBe(POLLNVAL);
  const { next } = watch(event());
  const other = next();
  signalEventDescriptor(opened.at(-1) ?? -1);
  await other;
  expect(calls).toBe(1);
});

test('stop ends it for good, and may be repeated', async () => {
  const fd = event();
  const { count } = watch(fd);
  const stopped = Promise.all([poller.stop(), poller.stop()]);
  signalEventDescriptor(fd);
  await stopped;
  await poller.stop();
  expect(count()).toBe(0);
  expect(() => poller.register(fd, POLLIN, () => undefined)).toThrow('has stopped');
});

test('a process ends by itself after stop, and by _exit without it', () => {
  const folder = new URL('../../../native-helper/linux/', import.meta.url).href;
  const start = `
    const { DescriptorPoller } = await import('${folder}poller.ts');
    const { createEventDescriptor, exitNow } = await import('${folder}descriptors.ts');
    const poller = new DescriptorPoller();
    poller.register(createEventDescriptor(), 1, () => {});
  `;
  const run = (code: string) =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', start + code], { encoding: 'utf8', timeout: 20_000 });
  const stopped = run('setImmediate(async () => { await poller.stop(); process.exitCode = 7; });');
  const left = run('setImmediate(() => exitNow(9));');
  expect([stopped.status, stopped.stderr, left.status, left.stderr]).toEqual([7, '', 9, '']);
});

test('stop waits for a call that a callback has begun, and nothing of it comes after', async () => {
  for (let round = 0; round < 20; round++) {
    const ending = new DescriptorPoller();
    const [first, second] = [event(), event()];
    signalEventDescriptor(first);
    ending.register(second, POLLIN, () => {});
    const stopped = Promise.withResolvers<void>();
    const undo = ending.register(first, POLLIN, () => {
      // The next call begins here, before the callbacks of this one are over.
      undo();
      ending.stop().then(stopped.resolve, stopped.reject);
    });
    await stopped.promise;
    // Takes the number that the poller's own descriptor had: a call still under way would take this one for it, and fail.
    event();
  }
  const last = watch(event());
  const reported = last.next();
  signalEventDescriptor(opened.at(-1) ?? -1);
  await reported;
});
