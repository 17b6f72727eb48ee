/** platter grow: the file first, then the device, as the window does it (electron/actions/grow.ts); then file systems, if asked for. */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { growDevice } from '../../actions/grow.ts';
import { AppError } from '../../ipc/errors.ts';
import { whileWaiting } from '../activity.ts';
import { printJson, say, showName, toJsonDevice, type Context } from '../context.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { formatSize } from '../sizes.ts';
import { forEachSubject, pickDevice } from '../subjects.ts';
import { createTargets, readActing } from '../targets.ts';

/** How large the device shall be. `none`: only its file systems grow. */
export type Growth =
  | { readonly kind: 'to'; readonly bytes: bigint }
  | { readonly kind: 'by'; readonly bytes: bigint }
  | { readonly kind: 'none' };

export interface GrowOptions {
  readonly growth: Growth;
  /** Also the mounted file systems of the whole device. */
  readonly fileSystem: boolean;
}

export async function grow(name: string, { growth, fileSystem }: GrowOptions, context: Context): Promise<ExitCode> {
  const targets = createTargets();
  try {
    const { session, device: seen } = await targets.find(name, pickDevice);
    // Only root knows which file the device has, and growing checks it.
    const device = await readActing(session, seen);
    if (fileSystem && device.mounts.length === 0) throw new AppError('NOT_MOUNTED');
    const grown = await growToSize(session, device, growth, context);
    const { status, fileSystems } = fileSystem ? await growFileSystems(session, grown, context) : nothingMore;
    if (context.json) printJson({ ...toJsonDevice(grown), fileSystems });
    return status;
  } finally {
    await targets.close();
  }
}

async function growToSize(session: Session, device: LoopDevice, growth: Growth, context: Context): Promise<LoopDevice> {
  if (growth.kind === 'none') return device;
  const wanted = growth.kind === 'to' ? growth.bytes : BigInt(device.sizeBytes) + growth.bytes;
  const { number, diskseq } = device;
  const work = growDevice(contextFor(session, device), { device: number, diskseq, sizeBytes: toDecimal(wanted) });
  const grown = await whileWaiting(`Growing ${nodePath(number)}`, context, work);
  say(context, `${nodePath(number)}: ${formatSize(BigInt(grown.sizeBytes))} (${grown.sizeBytes} bytes)`);
  return grown;
}

/** A command is one job that nobody else sees, and the list it knows is the one device. */
function contextFor(session: Session, device: LoopDevice): Parameters<typeof growDevice>[0] {
  return {
    store: { device: (number) => (number === device.number ? device : undefined) },
    session: { elevated: async () => Promise.resolve(session.client) },
    jobs: { run: async (_request, work) => work(new AbortController().signal, () => undefined) },
  };
}

interface GrownFileSystem {
  readonly mountPoint: LoopDevice['mounts'][number]['mountPoint'];
  readonly oldSizeBytes: string;
  readonly sizeBytes: string;
}

interface GrownFileSystems {
  readonly status: ExitCode;
  readonly fileSystems: readonly GrownFileSystem[];
}

const nothingMore: GrownFileSystems = { status: exitCodes.done, fileSystems: [] };

/** A failure is told of its mount point: what was done before stays done. */
async function growFileSystems(session: Session, device: LoopDevice, context: Context): Promise<GrownFileSystems> {
  const { number, diskseq, mounts } = device;
  const fileSystems: GrownFileSystem[] = [];
  const byMountPoint = new Map(mounts.map((mount) => [showName(mount.mountPoint, context), mount]));
  const status = await forEachSubject([...byMountPoint.keys()], context, async (name) => {
    const mount = byMountPoint.get(name);
    if (mount === undefined) return exitCodes.done;
    const { mountId, mountPoint } = mount;
    const work = session.call('mounts/grow', { device: number, diskseq, mountId });
    const result = await whileWaiting(`Growing ${name}`, context, work);
    fileSystems.push({ mountPoint, ...result });
    say(context, `${name}: from ${formatSize(BigInt(result.oldSizeBytes))} to ${formatSize(BigInt(result.sizeBytes))}`);
    return exitCodes.done;
  });
  return { status, fileSystems };
}
