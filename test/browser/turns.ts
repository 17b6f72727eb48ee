/**
 * Which worker may have devices: a test of the real host takes its worker's turn, and one that acts on all devices of the user those of the others
 * too. A turn is a name in the abstract namespace of Unix sockets, which the kernel frees with the process that bound it.
 */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from '@playwright/test';

const held: Server[] = [];

/** Null: somebody else has it. */
async function bind(index: number): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(`\0platter-browser-tests-${index}`, () => resolve(server.unref()));
  });
}

async function take(index: number): Promise<void> {
  let turn = await bind(index);
  for (; turn === null; turn = await bind(index)) await sleep(50);
  held.push(turn);
}

/** Waiting is not the test's own time. */
async function waitFor(indexes: readonly number[]): Promise<void> {
  const { timeout } = test.info();
  const began = Date.now();
  test.setTimeout(0);
  for (const index of indexes) await take(index);
  test.setTimeout(timeout + Date.now() - began);
}

export async function takeTurn(): Promise<void> {
  await waitFor([test.info().parallelIndex]);
}

/** At the beginning of a test that has its turn: until its end no other test has devices. */
export async function takeAllTurns(): Promise<void> {
  const { parallelIndex, config } = test.info();
  await waitFor([...Array(config.workers).keys()].filter((index) => index !== parallelIndex));
}

export async function endTurn(): Promise<void> {
  for (const server of held.splice(0)) await new Promise((resolve) => void server.close(resolve));
}
