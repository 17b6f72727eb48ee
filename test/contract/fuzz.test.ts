/**
 * Thousands of random messages, cut at random places, with and without descriptors (SECURITY.md e, the invariant of all rows). The helper
 * answers in valid lines that hold nothing of the input, or ends with 70; its memory and its descriptors stay what they were, and
 * nothing stays attached. PLATTER_FUZZ_MESSAGES is the number of all messages together, PLATTER_FUZZ_SEED repeats a run.
 */
import { closeSync, existsSync, openSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { readLoopAttributes } from '../../native-helper/linux/sysfs.ts';
import { LoopFixture, waitFor } from '../kernel/loop-fixture.ts';
import { createRandom, MARKER, randomDescriptorLine, randomLine, type Random } from './fuzz.ts';
import { HelperHarness, isRoot, realHelper, shipped, type HarnessOptions } from './helper-harness.ts';

const messages = Number(process.env['PLATTER_FUZZ_MESSAGES'] ?? 5000);
const seed = Number(process.env['PLATTER_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const MESSAGES_PER_HELPER = 5000;
const MOST_MEMORY_MIB = 256;
/** Of so many messages one breaks the rules about descriptors, which ends the helper. */
const ONE_FATAL_OF = 2000;
/** Messages without descriptors go out in pieces of up to this many bytes, wherever that cuts them. */
const LARGEST_PIECE = 4096;

/** Above every id of the fuzz: a damaged digit makes 9e15 of 9315 once in a million messages. */
const CHECK_ID = Number.MAX_SAFE_INTEGER;
/** A helper that does not answer is a fault, not a hang of the test. */
const SILENT_AFTER_MS = 60_000;

const files = new LoopFixture();
const image = files.makeImage('image.img', 65_536);
afterEach(() => files.release());
afterAll(() => files.deleteFolder());

interface Round {
  readonly random: Random;
  readonly helper: HelperHarness;
  /** Null: none are sent. */
  readonly descriptor: number | null;
}

/** Sends `count` messages, or fewer when the helper ends. Returns how many it sent, and whether the helper still reads. */
async function sendRandom({ random, helper, descriptor }: Round, count: number): Promise<{ sent: number; isOpen: boolean }> {
  let pending = Buffer.alloc(0);
  const flush = async (atMost: number): Promise<boolean> => {
    while (pending.length > atMost) {
      const piece = pending.subarray(0, 1 + random(LARGEST_PIECE));
      pending = pending.subarray(piece.length);
      if (!(await helper.send(piece))) return false;
    }
    return true;
  };
  for (let sent = 1; sent <= count; sent += 1) {
    const descriptors = descriptor === null || random(8) !== 0 ? [] : [descriptor];
    const isFatal = descriptor !== null && random(ONE_FATAL_OF) === 0;
    if (descriptors.length === 0 && !isFatal) {
      pending = Buffer.concat([pending, randomLine(random, sent)]);
      if (!(await flush(LARGEST_PIECE))) return { sent, isOpen: false };
      continue;
    }
    const line = isFatal ? randomLine(random, sent) : randomDescriptorLine(random, sent);
    const all = isFatal ? Array<number>(1 + random(3)).fill(descriptor ?? -1) : descriptors;
    if (!(await flush(0)) || !(await helper.send(line, all))) return { sent, isOpen: false };
  }
  return { sent: count, isOpen: await flush(0) };
}

/** What the helper did that it may not do. To survive and to end with 70 are both right. */
async function playRound(round: Round, count: number): Promise<{ sent: number; faults: readonly string[] }> {
  const { helper } = round;
  const before = helper.descriptors();
  const { sent, isOpen } = await sendRandom(round, count);
  const hello = `{"jsonrpc":"2.0","id":${CHECK_ID},"method":"session/hello","params":{"protocolVersion":1}}\n`;
  const isAsked = isOpen && (await helper.send(hello));
  const outcome = isAsked ? await outcomeOfCheck(helper) : 'ended';
  const hasSurvived = outcome === 'answered';
  const faults = hasSurvived ? await faultsOfRunning(helper, before) : outcome === 'silent' ? ['no answer'] : [];
  const { status } = await helper.stop();
  if (status !== (hasSurvived ? 0 : 70)) faults.push(`ended with ${status}`);
  // The names of files, and the reference names that somebody gave to devices, are part of results and may be any text.
  const errors = helper.messages.filter(({ error }) => error !== undefined).map((message) => JSON.stringify(message));
  if (errors.some((text) => text.includes(MARKER) || !/^[ -~]*$/u.test(text))) faults.push('input in an error');
  if (!helper.output.every((byte) => byte >= 0x20 || byte === 0x0a)) faults.push('control characters in the output');
  if (helper.stderr.includes(MARKER)) faults.push('input in the log');
  if (helper.stderr.includes('fault')) faults.push(helper.stderr);
  return { sent, faults };
}

async function outcomeOfCheck(helper: HelperHarness): Promise<'answered' | 'ended' | 'silent'> {
  const limit = new AbortController();
  const silence = delay(SILENT_AFTER_MS, 'silent' as const, { signal: limit.signal });
  const answer = helper
    .waitFor((message) => message.id === CHECK_ID)
    .then(
      () => 'answered' as const,
      () => 'ended' as const,
    );
  const outcome = await Promise.race([answer, silence]);
  silence.catch(() => {});
  limit.abort();
  return outcome;
}

async function faultsOfRunning(helper: HelperHarness, before: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  // Requests may still be in flight. One device is held where the image could be attached.
  const isAsBefore = (): boolean => {
    const opened = openedSince(helper, before);
    return !opened.includes(image.toString()) && opened.filter((path) => path.startsWith('/dev/loop')).length <= 1;
  };
  if (!(await waitFor('the descriptors to be closed', isAsBefore).then(yes, no))) faults.push(openedSince(helper, before).join());
  if (helper.peakMemoryMiB() > MOST_MEMORY_MIB) faults.push(`memory of ${helper.peakMemoryMiB()} MiB`);
  return faults;
}

/** What the descriptors are that were not there before. */
function openedSince(helper: HelperHarness, before: readonly string[]): string[] {
  return helper
    .descriptors()
    .filter((fd) => !before.includes(fd))
    .map((fd) => readlinkSync(`/proc/${helper.pid}/fd/${fd}`));
}

const yes = (): boolean => true;
const no = (): boolean => false;

interface Plan {
  readonly options: HarnessOptions;
  readonly withDescriptors: boolean;
  /** Of all messages. */
  readonly share: number;
}

async function fuzz({ options, withDescriptors, share }: Plan): Promise<readonly string[]> {
  const faults: string[] = [];
  const random = createRandom(seed);
  const descriptor = withDescriptors ? openSync(image, 'r+') : null;
  try {
    for (let left = Math.ceil(messages * share); left > 0;) {
      const helper = await HelperHarness.ready(options);
      const played = await playRound({ random, helper, descriptor }, Math.min(left, MESSAGES_PER_HELPER));
      faults.push(...played.faults);
      left -= played.sent;
    }
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
  return faults;
}

const outcome = `survives its share of ${messages} random messages or ends with 70 (seed ${seed})`;

test(`the session with all methods open ${outcome}`, async () => {
  expect(await fuzz({ options: {}, withDescriptors: false, share: 0.4 })).toStrictEqual([]);
});

test(`the session that also gets descriptors ${outcome}`, async () => {
  expect(await fuzz({ options: {}, withDescriptors: true, share: 0.2 })).toStrictEqual([]);
});

test(`the shipped helper without root ${outcome}`, async () => {
  const options = { script: realHelper, parameters: ['--view'], ...(isRoot ? { uid: 65_534 } : {}) };
  expect(await fuzz({ options, withDescriptors: false, share: 0.2 })).toStrictEqual([]);
});

test.skipIf(!isRoot || !existsSync('/dev/loop-control'))(
  `the shipped helper with root, descriptors and an image to attach (needs root and /dev/loop-control) ${outcome}`,
  async () => {
    expect(await fuzz({ options: shipped, withDescriptors: true, share: 0.2 })).toStrictEqual([]);
    // What was attached with autoclear goes with the helper; the rest is still there, and there is at most the one device.
    await waitFor('the helper to be gone', () => files.census().every((number) => readLoopAttributes(number)?.autoclear !== true));
    expect(files.census().length).toBeLessThanOrEqual(1);
    await files.release();
    expect(files.census()).toEqual([]);
  },
);
