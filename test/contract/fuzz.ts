/** Seeded nonsense for the helper: requests as they should be, then one or more things wrong with most of them. */
import { helperMethods, type MethodName } from '../../native-helper/protocol/methods.ts';

/** Mulberry32: the same numbers for the same seed. Whole numbers from 0 to `limit` - 1. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

export type Random = (limit: number) => number;

/** Never part of any sentence of the helper: seeing it in its output or log means that input came back. */
export const MARKER = 'qzxjvw';

/** The last number a loop device can have, and a diskseq that none has: nothing here can name a device of somebody else. */
const target = { device: 1_048_575, diskseq: '9223372036854775807' };
const mountTarget = { ...target, mountId: 2 ** 31 - 1 };
const image = { readOnly: false, offsetBytes: '0', sizeLimitBytes: '0', partitionScan: false, autoclear: true, reference: null };

/** What each method takes. Nodes are the whole machine's and are left alone; so is the end of the session. */
const shapes: Readonly<Record<Exclude<MethodName, 'session/shutdown' | 'nodes/add' | 'nodes/remove'>, object>> = {
  'session/hello': { protocolVersion: 1 },
  'session/features': {},
  'session/cancel': { request: 1 },
  'devices/list': {},
  'devices/watch': { safetyRead: false },
  'devices/attach': { ...image, logicalBlockSizeBytes: 0, directIo: false, device: null, whenAttached: 'refuse' },
  'devices/attach-legacy': { ...image, statusCall: 'LOOP_SET_STATUS64' },
  'devices/detach': { ...target, whenFree: true },
  'devices/cancel-detach': target,
  'devices/set': { ...target, changes: { autoclear: false, directIo: true, offsetBytes: '512', reference: 'x' } },
  'devices/set-capacity': target,
  'devices/rescan': target,
  'devices/set-partition': { ...target, action: 'add', partition: 1, startBytes: '512', sizeBytes: '512' },
  'devices/change-backing-file': target,
  'devices/kernel-view': target,
  'devices/trim': mountTarget,
  'mounts/mount': { ...target, partition: null, fileSystemType: 'ext4', readOnly: true, label: 'x', detachWhenUnmounted: true },
  'mounts/unmount': { ...mountTarget, lazy: true },
  'mounts/grow': mountTarget,
  'mounts/shrink': { ...mountTarget, sizeBytes: '4096' },
  'holders/list': { ...target, others: 'name' },
  'holders/close': { ...target, pid: 4_194_304, startTime: '1', signal: 'terminate' },
  'nodes/find-free': {},
};
const names = Object.keys(shapes) as (keyof typeof shapes)[];
const withDescriptor = names.filter((name) => helperMethods[name].descriptors === 1);

const hostile: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  '0',
  '-1',
  '9223372036854775808',
  '1e3',
  '\0',
  `${MARKER}\u001b[31m\u202e`,
  '\u00e9'.repeat(100),
  [],
  {},
  [[[[]]]],
  { [MARKER]: MARKER },
  { constructor: { prototype: 1 } },
];

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

/** A copy, since what is wrong may get something wrong inside. */
function anything(random: Random): unknown {
  return structuredClone(pick(random, hostile));
}

/** The parameters of a method; in two of three cases with up to three members wrong, missing or too many. */
function randomParams(random: Random, name: keyof typeof shapes): unknown {
  if (random(20) === 0) return anything(random);
  const params: Record<string, unknown> = structuredClone(shapes[name]) as Record<string, unknown>;
  if (random(3) === 0) return params;
  for (let count = 1 + random(3); count > 0; count -= 1) {
    const changes = params['changes'];
    const inside = random(2) === 0 && typeof changes === 'object' && changes !== null ? (changes as Record<string, unknown>) : params;
    const key = pick(random, [...Object.keys(inside), MARKER]);
    if (random(4) === 0) delete inside[key];
    else inside[key] = anything(random);
  }
  return params;
}

function randomEnvelope(random: Random, id: number, name: keyof typeof shapes, fds: object): Record<string, unknown> {
  return { jsonrpc: '2.0', id, method: name, params: randomParams(random, name), ...fds };
}

function breakEnvelope(random: Random, envelope: Record<string, unknown>): void {
  for (let count = 1 + random(2); count > 0; count -= 1) {
    const member = pick(random, ['jsonrpc', 'id', 'method', 'params', 'fds', 'result', MARKER]);
    const value = anything(random);
    // A number this large would be taken, and all those after it refused for not being larger.
    if (random(2) === 0 || (member === 'id' && value === 2 ** 31)) delete envelope[member];
    else envelope[member] = value;
  }
}

/** Never a newline inside, so that one message is one line. */
function damage(random: Random, line: string): Buffer {
  const bytes = Buffer.from(line);
  for (let count = random(4); count > 0 && bytes.length > 0; count -= 1) {
    const byte = random(256);
    bytes[random(bytes.length)] = byte === 0x0a ? 0x0b : byte;
  }
  return bytes.subarray(0, random(5) === 0 ? random(bytes.length + 1) : bytes.length);
}

/** One line with its newline, without descriptors. */
export function randomLine(random: Random, id: number): Buffer {
  const envelope = randomEnvelope(random, id, pick(random, names), {});
  const kind = random(10);
  if (kind < 3) breakEnvelope(random, envelope);
  const line = JSON.stringify(envelope);
  const content = kind === 3 ? Buffer.from(`${line}${line}`) : kind < 6 ? damage(random, line) : Buffer.from(line);
  return Buffer.concat([content, Buffer.from('\n')]);
}

/** A request that takes a descriptor and announces it, with parameters that are right or wrong: the helper answers, whatever they are. */
export function randomDescriptorLine(random: Random, id: number): Buffer {
  return Buffer.from(`${JSON.stringify(randomEnvelope(random, id, pick(random, withDescriptor), { fds: 1 }))}\n`);
}
