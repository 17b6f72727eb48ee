/** A world for the tests of one file. Await it at the top of the file; it is destroyed after the last test. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, expect } from 'vitest';
import type { HelperFiles } from '../../electron/helper/helper-paths.ts';
import { checkoutInside, folderInside, installedFiles, World, type UserName } from './world.ts';
import type { UserProgram } from './world-programs.ts';

export interface WorldOfTests {
  readonly world: World;
  /** A user's program, ended after the test. */
  readonly program: World['user'];
  /** The same with its helper running, as installed. */
  readonly started: (user: UserName, wrapper?: readonly string[]) => Promise<UserProgram>;
  /** Root's program with the helper from its sources, behind this line of code. */
  readonly startedFromSources: (before?: string) => Promise<UserProgram>;
  /** Ends a program before the test does. */
  readonly ended: (program: UserProgram) => Promise<void>;
}

/** After each test `restore` comes first, then everything that was started ends, and nothing may be left. */
export async function useWorld(restore: (world: World) => void = () => {}): Promise<WorldOfTests> {
  const world = await World.create();
  const programs = new Set<UserProgram>();
  afterEach(async () => {
    restore(world);
    for (const program of programs) await ended(program);
    world.detachAll();
    // Its program has ended, and a helper needs a moment for that.
    await expect.poll(() => world.census()).toBe('');
  });
  afterAll(() => world.destroy());

  async function ended(program: UserProgram): Promise<void> {
    programs.delete(program);
    await program.end();
  }

  async function program(...parameters: Parameters<World['user']>): Promise<UserProgram> {
    const made = await world.user(...parameters);
    programs.add(made);
    return made;
  }

  async function ready(made: UserProgram, files: HelperFiles, asRoot: boolean): Promise<UserProgram> {
    const outcome = await made.start(files, asRoot);
    if (outcome.kind !== 'ready') throw new Error(JSON.stringify(outcome));
    return made;
  }

  return {
    world,
    program,
    ended,
    started: async (user, wrapper = []) => ready(await program(user, wrapper), installedFiles, false),
    startedFromSources: async (before = '') => {
      const script = `${folderInside}/${sourcesName()}`;
      world.write(script, `${before}\nawait import('${checkoutInside}/native-helper/main.ts');\n`);
      return ready(await program('root'), { node: `${checkoutInside}/node_modules/node/bin/node`, script, launcher: null }, true);
    },
  };
}

/** As {@link sourcesPattern} finds it among the command lines of processes. */
function sourcesName(): string {
  return `sources-${randomBytes(4).toString('hex')}.mts`;
}

/** For pgrep(1): helpers from their sources, and not the shell that asks. */
export const sourcesPattern = 'sources-[0-9a-f]*[.]mts';
