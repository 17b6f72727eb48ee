/**
 * The file worker: reads whole images where nothing waits for it. One process for one piece of work, with the user's rights; the work is
 * its one argument, files are its descriptors 3 and 4. Ends with its standard input, which is the program that started it.
 */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import * as v from 'valibot';
import { giveLeaseBack, takeLease } from './extents.ts';
import { hashFile, runHashThread } from './hash-file.ts';
import { fileWork, type FileWork, type FileWorkMessage } from './messages.ts';
import { copyRange, punchZeroes } from './sparse.ts';

const FIRST = 3;
const SECOND = 4;
const STDOUT = 1;
const TOLD_EVERY_MS = 100;

function say(message: FileWorkMessage): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < line.length;) sent += writeSync(STDOUT, line, sent);
}

let toldAt = 0;
function progress(bytesDone: bigint): void {
  const now = performance.now();
  if (now - toldAt < TOLD_EVERY_MS) return;
  toldAt = now;
  say({ bytesDone: String(bytesDone) });
}

async function work(request: FileWork): Promise<Record<string, string>> {
  switch (request.kind) {
    case 'hash':
      return hashFile(FIRST, BigInt(request.sizeBytes), request.algorithms, progress);
    case 'ask-alone':
      if ((await refuseOthers()) === 'alone') giveLeaseBack(FIRST);
      return {};
    case 'punch':
      await refuseOthers();
      await punchZeroes(FIRST, BigInt(request.sizeBytes), progress);
      return {};
    case 'copy':
      await copyRange(FIRST, SECOND, { start: BigInt(request.startBytes), end: BigInt(request.endBytes) }, progress);
      return {};
  }
}

async function refuseOthers(): Promise<'alone' | 'unknown'> {
  const answer = await takeLease(FIRST);
  if (answer === 'in-use') throw Object.assign(new Error('another program has the file open'), { code: 'IN_USE' });
  return answer;
}

async function run(): Promise<void> {
  process.stdin.on('end', end).resume();
  try {
    say({ result: await work(v.parse(fileWork, JSON.parse(process.argv[2] ?? 'null'))) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    say({ failure: { code: code ?? 'FAULT', message: String(error) } });
  }
  end();
}

/**
 * Nothing is left to be written. Node's own way out waits for V8's compiler threads, which may wait for this one to collect garbage: it
 * then never ends (https://github.com/nodejs/node/issues/54918).
 */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

if (isMainThread) void run();
else runHashThread();
