/** Who may start the helper, and what starts when he does: real pkexec, real polkitd, the launcher and helper as installed. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { installedFiles, World } from './world.ts';
import type { UserProgram } from './world-programs.ts';

let world: World;
const programs: UserProgram[] = [];

beforeAll(async () => {
  world = await World.create();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.end();
  world.setSession('alice', 'active');
});
afterAll(() => world.destroy());

async function program(...parameters: Parameters<World['user']>): Promise<UserProgram> {
  const made = await world.user(...parameters);
  programs.push(made);
  return made;
}

test('starts without a question for a user at the machine', async () => {
  const alice = await program('alice');
  const outcome = await alice.start(installedFiles);
  expect(outcome).toMatchObject({ kind: 'ready', hello: { mode: 'elevated', uid: alice.uid } });
});

describe('for a user who is not at the machine', () => {
  for (const kind of ['inactive', 'remote'] as const) {
    test(`nobody can be asked in a session that is ${kind} without an agent`, async () => {
      world.setSession('alice', kind);
      const alice = await program('alice');
      expect((await alice.start(installedFiles)).kind).toBe('no-agent');
    });
  }
});
