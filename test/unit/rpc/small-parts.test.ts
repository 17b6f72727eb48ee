/** The small parts of the dispatcher: order of devices, queue of descriptors, merged changes, log lines, replies, start. */
import { describe, expect, test } from 'vitest';
import type { DeviceChanges, LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { DescriptorQueue } from '../../../native-helper/rpc/descriptor-queue.ts';
import { DeviceOrder } from '../../../native-helper/rpc/device-order.ts';
import { toHelperError } from '../../../native-helper/rpc/faults.ts';
import { logLine } from '../../../native-helper/rpc/log.ts';
import { mergeChanges } from '../../../native-helper/rpc/merge-changes.ts';
import { errorLine, ReplyTooLargeError, resultLine } from '../../../native-helper/rpc/replies.ts';
import { parsePkexecUid, planStart, type StartFacts } from '../../../native-helper/rpc/start.ts';
import { loopDevice } from '../../fakes/sample-devices.ts';

describe('requests on one device', () => {
  test('start one after another, in order of arrival', () => {
    const order = new DeviceOrder<string>();
    expect([order.enter(1, 'a'), order.enter(1, 'b'), order.enter(1, 'c'), order.enter(2, 'd')]).toStrictEqual([true, false, false, true]);
    expect([order.leave(1), order.leave(1), order.leave(1)]).toStrictEqual(['b', 'c', undefined]);
    expect(order.enter(1, 'e')).toBe(true);
  });

  test('can be withdrawn only while they wait', () => {
    const order = new DeviceOrder<string>();
    order.enter(1, 'a');
    order.enter(1, 'b');
    order.enter(1, 'c');
    expect([order.withdraw(1, 'a'), order.withdraw(1, 'b'), order.withdraw(1, 'b'), order.withdraw(2, 'c')]).toStrictEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(order.leave(1)).toBe('c');
  });
});

describe('the queue of descriptors', () => {
  test('gives what came with each message in order, and closes the rest once', () => {
    const closed: number[] = [];
    const queue = new DescriptorQueue((descriptor) => closed.push(descriptor));
    queue.add([]);
    queue.add([5]);
    queue.add([6, 7]);
    queue.add([8]);
    expect(queue.waiting).toBe(3);
    expect(queue.take()).toStrictEqual([5]);
    queue.closeAll();
    queue.closeAll();
    expect(closed).toStrictEqual([6, 7, 8]);
    expect(queue.take()).toStrictEqual([]);
  });
});

describe('merged changes', () => {
  const device = (number: number, diskseq: bigint): LoopDevice => loopDevice(number, null, { diskseq: toDecimal(diskseq) });
  const changes = (revision: number, changed: LoopDevice[], removed: number[]): DeviceChanges => ({
    revision,
    changed,
    removed,
    unboundNumbers: [revision],
  });

  test('have the later word for each device and the later revision', () => {
    const first = changes(1, [device(1, 10n), device(2, 20n)], [3, 4]);
    // Each call makes one that was attached a moment later.
    const later = [device(1, 11n), device(3, 30n)];
    const second = changes(2, later, [2]);
    expect(mergeChanges(mergeChanges(null, first), second)).toStrictEqual(changes(2, later, [4, 2]));
  });
});

describe('a line of the log', () => {
  test('is one line of printable ASCII that means what was said', () => {
    const text = 'a\nb\u001b[31m\u0085\u202e\u2028é\u{1F4BF}\u007f\ud800"\\';
    const line = logLine('event', { text, number: 1, none: null });
    expect(line).toMatch(/^[ -~]+\n$/u);
    expect(JSON.parse(line)).toStrictEqual({ event: 'event', text, number: 1, none: null });
  });

  test('is cut', () => {
    expect(logLine('event', { text: 'x'.repeat(100_000) }).length).toBeLessThan(5000);
  });
});

describe('replies', () => {
  test('say the fixed sentence and the number of JSON-RPC', () => {
    expect(JSON.parse(errorLine(7, new HelperError('UNKNOWN_METHOD')))).toStrictEqual({
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32_601, message: 'There is no such method.', data: { code: 'UNKNOWN_METHOD', message: 'There is no such method.' } },
    });
    expect(JSON.parse(errorLine(null, new HelperError('KERNEL_REFUSED', { errno: 5 })))).toMatchObject({
      id: null,
      error: { code: -32_000, data: { code: 'KERNEL_REFUSED', errno: 5 } },
    });
  });

  test('are counted in bytes', () => {
    const threeBytes = '\u20ac';
    expect(() => resultLine(1, threeBytes.repeat(5_592_393))).not.toThrow();
    expect(() => resultLine(1, threeBytes.repeat(5_592_394))).toThrow(ReplyTooLargeError);
  });

  test('have a result always', () => {
    expect(JSON.parse(resultLine(1, undefined))).toStrictEqual({ jsonrpc: '2.0', id: 1, result: null });
  });
});

describe('what a handler threw', () => {
  const logged: unknown[] = [];
  const log = (event: string): unknown => logged.push(event);

  test('is passed on, replaced by the reason of an abort, or hidden behind INTERNAL', () => {
    const expected = new HelperError('DEVICE_BUSY');
    const reason = new HelperError('CANCELLED');
    expect(toHelperError(expected, reason, log)).toBe(expected);
    expect(toHelperError(new Error('x'), reason, log)).toBe(reason);
    expect(logged).toStrictEqual([]);
    expect(toHelperError(new Error('x'), undefined, log)).toMatchObject({ code: 'INTERNAL' });
    expect(toHelperError('x', undefined, log)).toMatchObject({ code: 'INTERNAL' });
    expect(logged).toStrictEqual(['request-fault', 'request-fault']);
  });
});

describe('the start', () => {
  const elevated: StartFacts = { arguments: ['--stdio'], uid: 0, effectiveUid: 0, pkexecUid: '1000', inputIsSocket: true };
  const view: StartFacts = { arguments: ['--view'], uid: 1000, effectiveUid: 1000, pkexecUid: undefined, inputIsSocket: true };

  test('acts for the user of PKEXEC_UID as root, and for its own without', () => {
    expect(planStart(elevated)).toStrictEqual({ kind: 'start', mode: 'elevated', uid: 1000 });
    expect(planStart(view)).toStrictEqual({ kind: 'start', mode: 'view', uid: 1000 });
  });

  test.each([[[]], [['--stdio', '--stdio']], [['--stdiox']], [['']], [['--view', 'x']], [['--help']]])(
    'with arguments %j is 64',
    (wrong) => {
      expect(planStart({ ...elevated, arguments: wrong })).toMatchObject({ kind: 'refused', status: 64 });
    },
  );

  test.each([
    ['--stdio as a user', { ...elevated, uid: 1000, effectiveUid: 1000 }],
    ['--stdio set-user-ID', { ...elevated, uid: 1000 }],
    ['--stdio without root in effect', { ...elevated, effectiveUid: 1000 }],
    ['--stdio without a socket', { ...elevated, inputIsSocket: false }],
    ['--view as root', { ...view, uid: 0, effectiveUid: 0 }],
    ['--view set-user-ID', { ...view, effectiveUid: 0 }],
    ['--view without a socket', { ...view, inputIsSocket: false }],
  ])('%s is 77', (_name, facts) => {
    expect(planStart(facts)).toMatchObject({ kind: 'refused', status: 77 });
  });

  test.each([undefined, '', '-294967296', '01001', '1001 ', ' 1001', '0x3e9', '4294967295', '2147483648', '1e3', '1001\n', '٣'])(
    'with PKEXEC_UID %j is 77',
    (pkexecUid) => {
      expect(planStart({ ...elevated, pkexecUid })).toMatchObject({ kind: 'refused', status: 77 });
    },
  );

  test('takes the largest user', () => {
    expect(parsePkexecUid('2147483647')).toBe(2_147_483_647);
    expect(parsePkexecUid('0')).toBe(0);
  });
});
