/** The bench's own folder and devices: what it attaches lies in the folder, and goes with it. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectNode, projectRoot } from '../../build/bootstrap.mjs';
import type { HelperFiles } from '../../electron/helper/helper-paths.ts';
import { startHelper, type RunningHelper } from '../../electron/helper/helper-process.ts';
import type { HelperMode } from '../../electron/helper/launch.ts';

/** Numbers of all loop nodes of the machine. */
export function nodeNumbers(): ReadonlySet<number> {
  return new Set(readdirSync('/sys/block').flatMap((name) => /^loop(\d+)$/.exec(name)?.slice(1).map(Number) ?? []));
}

function backingFile(number: number): string | null {
  try {
    return readFileSync(`/sys/block/loop${number}/loop/backing_file`, 'utf8');
  } catch {
    return null; // not attached
  }
}

/** Numbers of the attached devices whose file lies in the folder. */
export function devicesUnder(folder: string): readonly number[] {
  return [...nodeNumbers()].filter((number) => backingFile(number)?.startsWith(`${folder}/`) === true);
}

/** An unprivileged user that owns nothing. */
const nobody = 65_534;

export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'platter-bench-'));
  readonly #nodesBefore = nodeNumbers();
  readonly #used = new Set<number>();

  /** Tells of a device the bench attached: its node goes at the end unless it was there before. */
  noteDevice(number: number): void {
    this.#used.add(number);
  }

  /** The node of the device on a file of this folder. */
  deviceOf(name: string): string {
    const number = [...nodeNumbers()].find((one) => backingFile(one)?.trimEnd() === join(this.folder, name));
    if (number === undefined) throw new Error(`${name} is not attached`);
    return `/dev/loop${number}`;
  }

  /** A file of zeros, written through to the disk: LOOP_CONFIGURE has nothing to flush. */
  makeImage(name: string, sizeBytes: number): string {
    const path = join(this.folder, name);
    const descriptor = openSync(path, 'wx', 0o600);
    try {
      writeSync(descriptor, Buffer.alloc(sizeBytes));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return path;
  }

  /** The built helper as `npm start` runs it. */
  helperFiles(): HelperFiles {
    return { node: projectNode, script: join(projectRoot, 'dist/helper/helper.js'), launcher: null };
  }

  /** The same program where an unprivileged user can read it, started as that user. */
  unprivilegedHelperFiles(): HelperFiles {
    const folder = join(this.folder, 'view');
    if (!existsSync(folder)) {
      cpSync(join(projectRoot, 'dist/helper'), folder, { recursive: true });
      for (const name of ['koffi', '@koromix']) {
        cpSync(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
      }
      cpSync(projectNode, join(folder, 'node'));
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      const command = `exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups -- '${folder}/node' "$@"`;
      writeFileSync(join(folder, 'node-as-nobody'), `#!/bin/sh\n${command}\n`);
      spawnSync('chmod', ['-R', 'a+rX', folder]);
      chmodSync(join(folder, 'node-as-nobody'), 0o755);
      chmodSync(this.folder, 0o711);
    }
    return { node: join(folder, 'node-as-nobody'), script: join(folder, 'helper.js'), launcher: null };
  }

  /** Detaches what is attached from the folder, removes the nodes that came with it, and then the folder. Takes a while: 44 ms a node. */
  async clear(): Promise<void> {
    for (const number of devicesUnder(this.folder)) {
      this.#used.add(number);
      spawnSync('losetup', ['-d', `/dev/loop${number}`]);
    }
    const present = nodeNumbers();
    const added = [...this.#used].filter((number) => present.has(number) && !this.#nodesBefore.has(number));
    if (added.length > 0) {
      const helper = await startReady({ kind: 'direct' }, this.helperFiles());
      try {
        // One that somebody else uses by now is refused, and stays.
        for (const device of added) await helper.client.call('nodes/remove', { device }).catch(() => null);
      } finally {
        await helper.stop();
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Throws where {@link startHelper} tells of a failure. */
export async function startReady(mode: HelperMode, files: HelperFiles): Promise<RunningHelper> {
  const outcome = await startHelper(mode, { files });
  if (outcome.kind !== 'ready') throw new Error(`The helper did not start: ${outcome.kind}. ${outcome.details}`);
  return outcome;
}
