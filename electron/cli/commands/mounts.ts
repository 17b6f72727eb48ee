/** platter unmount and trim: what is mounted, named by mount point, device, partition or file. */
import { showName, printJson, say, type Context } from '../context.ts';
import { whileWaiting } from '../activity.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { readDevice } from '../in-process-reader.ts';
import { pickMounts, placePath, type PlacedMount } from '../places.ts';
import type { Session } from '../session.ts';
import { formatSize } from '../sizes.ts';
import { forEachSubject } from '../subjects.ts';
import { createTargets } from '../targets.ts';

/** Does one thing to every mount that is named; a failure is told and the others are still done. */
async function forEachMount(
  names: readonly string[],
  context: Context,
  work: (session: Session, placed: PlacedMount) => Promise<object>,
): Promise<ExitCode> {
  const results: object[] = [];
  const targets = createTargets();
  try {
    const status = await forEachSubject(names, context, async (name) => {
      const { session, found } = await targets.resolve(name, pickMounts);
      const byMountPoint = new Map(found.map((placed) => [showName(placed.mount.mountPoint, context), placed]));
      return forEachSubject([...byMountPoint.keys()], context, async (mountPoint) => {
        const placed = byMountPoint.get(mountPoint);
        if (placed !== undefined) results.push({ ...describe(placed), ...(await work(session, placed)) });
        return exitCodes.done;
      });
    });
    if (context.json) printJson({ results });
    return status;
  } finally {
    await targets.close();
  }
}

function describe({ device, partition, mount }: PlacedMount): object {
  const { mountPoint, mountId } = mount;
  return { node: placePath(device, partition), number: device.number, partition, mountPoint, mountId };
}

function targetOf({ device, mount }: PlacedMount) {
  return { device: device.number, diskseq: device.diskseq, mountId: mount.mountId };
}

export interface UnmountOptions {
  readonly lazy: boolean;
}

export async function unmount(names: readonly string[], { lazy }: UnmountOptions, context: Context): Promise<ExitCode> {
  return forEachMount(names, context, async (session, placed) => {
    const { device, partition, mount } = placed;
    const node = placePath(device, partition);
    const work = session.call('mounts/unmount', { ...targetOf(placed), lazy });
    const { state } = await whileWaiting(`Unmounting ${node}`, context, work);
    // What is attached to be opened goes with its last mount.
    const detached = readDevice(device.number)?.diskseq !== device.diskseq;
    const how = state === 'lazy' ? 'out of sight; it ends when no program uses it any more' : 'unmounted';
    say(context, `${showName(mount.mountPoint, context)}: ${how}${detached ? `, and /dev/loop${device.number} detached` : ''}`);
    return { state, detached };
  });
}

export async function trim(names: readonly string[], context: Context): Promise<ExitCode> {
  return forEachMount(names, context, async (session, placed) => {
    const { mountPoint } = placed.mount;
    const title = `Trimming ${showName(mountPoint, context)}`;
    const { trimmedBytes } = await whileWaiting(title, context, session.call('devices/trim', targetOf(placed)));
    say(context, `${showName(mountPoint, context)}: ${formatSize(BigInt(trimmedBytes))} (${trimmedBytes} bytes) given back to the file`);
    return { trimmedBytes };
  });
}
