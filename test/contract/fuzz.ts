/** Seeded nonsense for the helper: valid envelopes, then one or more things wrong with each. */
import { helperMethods } from '../../native-helper/protocol/methods.ts';

/** Mulberry32: the same numbers for the same seed. Whole numbers from 0 to `limit` - 1. */
export function createRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

type Random = (limit: number) => number;

/** Never part of any sentence of the helper: seeing it in its output or log means that input came back. */
export const MARKER = 'qzxjvw';

const names = Object.keys(helperMethods).filter((name) => name !== 'session/shutdown');
const keys = ['device', 'diskseq', 'readOnly', 'offsetBytes', 'changes', 'action', 'request', 'protocolVersion', 'safetyRead', 'whenFree'];
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

function randomParams(random: Random): unknown {
  if (random(6) === 0) return pick(random, hostile);
  const params: Record<string, unknown> = {};
  for (let count = random(5); count > 0; count -= 1) params[pick(random, keys)] = pick(random, hostile);
  return params;
}

function randomEnvelope(random: Random, id: number): string {
  const envelope: Record<string, unknown> = { jsonrpc: '2.0', id, method: pick(random, names), params: randomParams(random) };
  for (let count = random(3); count > 0; count -= 1) {
    const member = pick(random, ['jsonrpc', 'id', 'method', 'params', 'fds', 'result', MARKER]);
    if (random(2) === 0) delete envelope[member];
    else envelope[member] = pick(random, hostile);
  }
  return JSON.stringify(envelope);
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

/** One line with its newline. */
export function randomLine(random: Random, id: number): Buffer {
  const line = randomEnvelope(random, id);
  const kind = random(10);
  const content = kind === 0 ? Buffer.from(`${line}${line}`) : kind < 4 ? damage(random, line) : Buffer.from(line);
  return Buffer.concat([content, Buffer.from('\n')]);
}
