/**
 * Thousands of random messages, cut at random places, some with descriptors. The helper answers in valid lines that hold nothing of
 * the input, or ends with 70; its memory and its descriptors stay what they were. PLATTER_FUZZ_MESSAGES and PLATTER_FUZZ_SEED override
 * number and seed.
 */
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRandom, MARKER, randomLine } from './fuzz.ts';
import { HelperHarness, isRoot, realHelper, type HarnessOptions } from './helper-harness.ts';

const messages = Number(process.env['PLATTER_FUZZ_MESSAGES'] ?? 5000);
const seed = Number(process.env['PLATTER_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const MESSAGES_PER_HELPER = 1000;
const MOST_MEMORY_MIB = 256;

/** Ids of the fuzz are spread widely; those of the check at the end lie above them all. */
const FIRST_CHECK_ID = 2 ** 52;

interface Round {
  readonly random: (limit: number) => number;
  readonly helper: HelperHarness;
  readonly descriptor: number;
}

/** False when the helper has ended. */
async function sendRandom({ random, helper, descriptor }: Round, count: number): Promise<boolean> {
  for (let index = 1; index <= count; index += 1) {
    const line = randomLine(random, index);
    const cut = random(4) === 0 ? random(line.length) : 0;
    const descriptors = random(200) === 0 ? Array<number>(1 + random(3)).fill(descriptor) : [];
    const isOpen = (await helper.send(line.subarray(0, cut))) && (await helper.send(line.subarray(cut), descriptors));
    if (!isOpen) return false;
  }
  return true;
}

/** What the helper did that it may not do. To survive and to end with 70 are both right. */
async function playRound(round: Round, count: number): Promise<readonly string[]> {
  const { helper } = round;
  const before = helper.descriptors();
  const wasOpen = await sendRandom(round, count);
  const hello = `{"jsonrpc":"2.0","id":${FIRST_CHECK_ID},"method":"session/hello","params":{"protocolVersion":1}}\n`;
  const isOpen = wasOpen && (await helper.send(hello));
  const hasSurvived = isOpen && (await helper.waitFor((message) => message.id === FIRST_CHECK_ID).then(yes, no));
  const faults = hasSurvived ? faultsOfRunning(helper, before) : [];
  const { status } = await helper.stop();
  if (status !== (hasSurvived ? 0 : 70)) faults.push(`ended with ${status}`);
  if (helper.output.includes(MARKER)) faults.push('input in the output');
  if (!helper.output.every((byte) => byte < 0x80 && (byte >= 0x20 || byte === 0x0a))) faults.push('bytes in the output');
  if (helper.stderr.includes(MARKER)) faults.push('input in the log');
  if (helper.stderr.includes('fault')) faults.push(helper.stderr);
  return faults;
}

function faultsOfRunning(helper: HelperHarness, before: readonly string[]): string[] {
  const faults: string[] = [];
  const after = helper.descriptors();
  if (after.join() !== before.join()) faults.push(`descriptors ${before.join()} became ${after.join()}`);
  if (helper.peakMemoryMiB() > MOST_MEMORY_MIB) faults.push(`memory of ${helper.peakMemoryMiB()} MiB`);
  return faults;
}

const yes = (): boolean => true;
const no = (): boolean => false;

async function fuzz(options: HarnessOptions): Promise<readonly string[]> {
  const faults: string[] = [];
  const random = createRandom(seed);
  const descriptor = openSync('/dev/null', 'r');
  try {
    for (let left = messages; left > 0; left -= MESSAGES_PER_HELPER) {
      const helper = await HelperHarness.ready(options);
      faults.push(...(await playRound({ random, helper, descriptor }, Math.min(left, MESSAGES_PER_HELPER))));
    }
  } finally {
    closeSync(descriptor);
  }
  return faults;
}

test(`the session with all methods open survives ${messages} random messages or ends with 70 (seed ${seed})`, async () => {
  expect(await fuzz({})).toStrictEqual([]);
});

test(`the shipped helper without root survives ${messages} random messages or ends with 70 (seed ${seed})`, async () => {
  const options = { script: realHelper, parameters: ['--view'], ...(isRoot ? { uid: 65_534 } : {}) };
  expect(await fuzz(options)).toStrictEqual([]);
});
