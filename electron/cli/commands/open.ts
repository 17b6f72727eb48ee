/** platter open FILE...: attached read-only, everything in it mounted, its files shown; a failure leaves nothing behind. */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { openImageFile, type Opener } from '../../actions/open.ts';
import { openFolder } from '../../hosts/file-manager.ts';
import { fromFileNameBytes, toFileNameBytes } from '../../images/file-name-bytes.ts';
import type { ImageWorker } from '../../images/image-worker.ts';
import { mountsOf } from '../../images/contents.ts';
import type { NotMounted, OpenOutcome } from '../../ipc/opening.ts';
import { whileWaiting } from '../activity.ts';
import { withImageWorker } from '../contents.ts';
import { printJson, say, showName, showText, toJsonDevice, warn, type Context } from '../context.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { placePath } from '../places.ts';
import { rememberUse } from '../remember-use.ts';
import { isRoot, type Session } from '../session.ts';
import { forEachSubject } from '../subjects.ts';
import { createTargets, type Targets } from '../targets.ts';
import { writeOutput } from '../terminal.ts';
import { notMountedReasons, readOnlyReasons } from '../reason-words.ts';

export interface OpenOptions {
  readonly writable: boolean;
  /** Show the files in the file manager, where there is one. */
  readonly folder: boolean;
}

export async function open(files: readonly string[], options: OpenOptions, context: Context): Promise<ExitCode> {
  const targets = createTargets();
  const results: object[] = [];
  const wish = { readOnly: !options.writable, partitionScan: true, mount: true };
  try {
    const status = await withImageWorker(async (worker) => {
      const opener = createOpener(worker, targets, options.folder && hasDesktop());
      return forEachSubject(files, context, async (file) => {
        const work = openImageFile(opener, toFileNameBytes(file), wish);
        const outcome = await whileWaiting(`Opening ${showText(file, context)}`, context, work);
        const device = await findDevice(await targets.session(), outcome.device);
        results.push({ file: file.toWellFormed(), ...outcome, device: device === undefined ? null : toJsonDevice(device) });
        tell(file, outcome, device, context);
        return exitCodes.done;
      });
    });
    if (context.json) printJson({ results });
    return status;
  } finally {
    await targets.close();
  }
}

function createOpener(worker: ImageWorker, targets: Targets, showsFolder: boolean): Opener {
  return {
    worker,
    session: { call: async (method, params, options) => (await targets.session()).call(method, params, options) },
    attach: async (path, image, params) => {
      const session = await targets.session();
      const wanted = { ...params, readOnly: params.readOnly || !image.writable };
      const attached = await session.call('devices/attach', wanted, { descriptors: [image.handle.fd] });
      await rememberUse(fromFileNameBytes(path), image);
      return attached;
    },
    showFolder: showsFolder ? openFolder : null,
  };
}

/** Root's programs have no business on somebody's desktop. */
function hasDesktop(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return !isRoot() && (DISPLAY ?? WAYLAND_DISPLAY ?? '') !== '';
}

async function findDevice(session: Session, number: number): Promise<LoopDevice | undefined> {
  const { devices } = await session.call('devices/list', {});
  return devices.find((device) => device.number === number);
}

function tell(file: string, outcome: OpenOutcome, device: LoopDevice | undefined, context: Context): void {
  const node = nodePath(outcome.device);
  const reason = outcome.readOnlyReason;
  const because = isReason(reason) && reason !== 'requested' ? `, read-only: ${readOnlyReasons[reason]}` : '';
  if (outcome.nothingToMount) {
    if (context.quiet) writeOutput(`${node}\n`);
    say(context, `${node}: ${showText(file, context)} is attached; nothing in it can be mounted${because}`);
  }
  for (const { partition, mountId } of outcome.mounts) {
    const placed = device === undefined ? undefined : mountsOf(device).find(({ mount }) => mount.mountId === mountId);
    if (device === undefined || placed === undefined) continue;
    const path = showName(placed.mount.mountPoint, context);
    // With --quiet what a script needs is the folder.
    if (context.quiet) writeOutput(`${path}\n`);
    say(context, `${placePath(device, partition)}: mounted on ${path}${placed.mount.readOnly && because === '' ? ', read-only' : because}`);
  }
  for (const left of outcome.notMounted) warn(context, notMountedText(left, context));
}

function notMountedText({ partition, type, reason }: NotMounted, context: Context): string {
  const where = partition === null ? 'the image' : `partition ${partition}`;
  return `${where} (${showText(type, context)}) ${notMountedReasons[reason]}`;
}

function isReason(text: string | null): text is keyof typeof readOnlyReasons {
  return text !== null && Object.hasOwn(readOnlyReasons, text);
}
