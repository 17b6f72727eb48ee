/** platter mount: what is in an image is looked at first, then a file is attached, then mounted; a failure leaves nothing behind. */
import { readFile } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { withImage } from '../../actions/attach.ts';
import { mountPlace } from '../../actions/mount.ts';
import { listPlaces, mountsOf, planMounts, type MountPlace } from '../../images/contents.ts';
import type { ImageWorker } from '../../images/image-worker.ts';
import type { OpenImage } from '../../images/open-image.ts';
import { probeDevice, probeOpened } from '../../images/probe-image.ts';
import type { Findings } from '../../image-worker/findings.ts';
import { refuseUnfinishedDevice } from '../../resize/unfinished.ts';
import { AppError } from '../../ipc/errors.ts';
import { whileWaiting } from '../activity.ts';
import { rememberUse } from '../remember-use.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import { withImageWorker } from '../contents.ts';
import { printJson, say, showName, toJsonDevice, warn, type Context } from '../context.ts';
import { nodePath, resolveDevice } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { UsageFailure } from '../failures.ts';
import { readDevices } from '../in-process-reader.ts';
import { lookAtFile } from '../named-file.ts';
import { placePath, splitPartition } from '../places.ts';
import type { Session } from '../session.ts';
import { forEachSubject, pickDevice } from '../subjects.ts';
import { createTargets, mayBeReference, readActing, type Targets } from '../targets.ts';
import { writeOutput } from '../terminal.ts';
import { attachWarnings, readOnlyReasons } from '../reason-words.ts';

export interface MountOptions {
  /** Null: everything that can be mounted. */
  readonly partition: number | null;
  readonly readOnly: boolean;
}

/** A device with what shall be mounted of it. */
interface Mounting {
  readonly session: Session;
  readonly device: LoopDevice;
  readonly places: readonly MountPlace[];
  /** True: attached for this, so that it goes with its last mount. */
  readonly attached: boolean;
  /** Why it is read-only though that was not asked for. */
  readonly because: string;
}

export async function mount(name: string, options: MountOptions, context: Context): Promise<ExitCode> {
  const split = splitPartition(name);
  if (split.partition !== null && options.partition !== null) throw new UsageFailure('--partition goes with a whole device or a file');
  const wanted = { ...options, partition: split.partition ?? options.partition };
  const targets = createTargets();
  try {
    return await withImageWorker(async (worker) => {
      const device = await findDevice(split.name, targets);
      if (device !== null) return mountAttached({ worker, targets, device, options: wanted, context });
      return mountFile({ worker, targets, file: split.name, options: wanted, context });
    });
  } finally {
    await targets.close();
  }
}

/** Null: a file that is not attached. Throws AppError and UsageFailure. */
async function findDevice(name: string, targets: Targets): Promise<LoopDevice | null> {
  const snapshot = readDevices();
  const { kind } = resolveDevice(name, snapshot, lookAtFile(name));
  if (kind === 'file-not-attached') return null;
  if (kind !== 'unknown-name') return pickDevice(name, snapshot);
  if (!mayBeReference(name)) return null;
  return pickDevice(name, await (await targets.session()).call('devices/list', {}));
}

interface Request {
  readonly worker: ImageWorker;
  readonly targets: Targets;
  readonly options: MountOptions;
  readonly context: Context;
}

async function mountAttached({ worker, targets, device, options, context }: Request & { readonly device: LoopDevice }): Promise<ExitCode> {
  // Looked at before anybody is asked for a password.
  const findings = await probeDevice(worker, device);
  const places = findings === 'unreadable' ? placesInUse(device, options) : choosePlaces(findings, BigInt(device.sizeBytes), options);
  const isMounted = ({ partition }: MountPlace): boolean => mountsOf(device).some((placed) => placed.partition === partition);
  if (!places.every(isMounted)) await refuseUnfinishedDevice(device);
  const session = await targets.session();
  const acting = await readActing(session, device);
  return mountPlaces({ session, device: acting, places, attached: false, because: '' }, options, context);
}

/** What is mounted already of a file that this user may not read. Throws FILE_NOT_READABLE when nothing is. */
function placesInUse(device: LoopDevice, { partition }: MountOptions): readonly MountPlace[] {
  const used = mountsOf(device).filter((placed) => partition === null || placed.partition === partition);
  if (used.length === 0) throw new AppError('FILE_NOT_READABLE');
  // Only their places count: they are not mounted again.
  return used.map((placed) => ({ partition: placed.partition, fileSystemType: 'ext4', label: null, sizeBytes: 0n, range: null }));
}

/** Throws FILE_SYSTEM_REFUSED, or NO_SUCH_PARTITION, with what was found instead. */
function choosePlaces(findings: Findings, sizeBytes: bigint, { partition }: MountOptions): readonly MountPlace[] {
  const places =
    partition === null
      ? planMounts(findings, sizeBytes)
      : listPlaces(findings, sizeBytes).filter((candidate) => candidate.partition === partition);
  if (places.length > 0) return places;
  const found = partition === null ? findings.whole : findings.partitions.find(({ number }) => number === partition);
  if (found === undefined) throw new AppError('NO_SUCH_PARTITION');
  const type = found.type === '' ? found.tableType : found.type;
  throw new AppError('FILE_SYSTEM_REFUSED', { details: type === '' ? 'No file system was found.' : `Found: ${type}` });
}

async function mountFile({ worker, targets, file, options, context }: Request & { readonly file: string }): Promise<ExitCode> {
  return withImage(toFileNameBytes(file), options, async (image) => {
    const sizeBytes = await readSize(image.facts);
    if (sizeBytes === 0n) throw new AppError('IMAGE_TOO_SMALL');
    const range = { offsetBytes: toDecimal(0), sizeBytes: toDecimal(sizeBytes), logicalBlockSizeBytes: 512 };
    const places = choosePlaces(await probeOpened(worker, image, range), sizeBytes, options);
    const session = await targets.session();
    const mounting = await attachFile(session, image, places, context);
    const status = await mountPlaces(mounting, options, context);
    await rememberUse(file, image);
    return status;
  });
}

/** In whole sectors, as the device will be. */
async function readSize(facts: BigIntStats): Promise<bigint> {
  if (facts.isFile()) return facts.size - (facts.size % 512n);
  const [major, minor] = [(facts.rdev >> 8n) & 0xfffn, (facts.rdev & 0xffn) | ((facts.rdev >> 12n) & 0xfff00n)];
  return BigInt((await readFile(`/sys/dev/block/${major}:${minor}/size`, 'latin1')).trim()) * 512n;
}

async function attachFile(session: Session, image: OpenImage, places: readonly MountPlace[], context: Context): Promise<Mounting> {
  const zero = toDecimal(0);
  const params = {
    readOnly: !image.writable,
    offsetBytes: zero,
    sizeLimitBytes: zero,
    logicalBlockSizeBytes: 0,
    partitionScan: places.some(({ partition }) => partition !== null),
    // As in `open`: whoever is stopped before the first mount leaves nothing attached.
    autoclear: true,
    directIo: false,
    reference: null,
    device: null,
    whenAttached: 'reuse',
  } as const;
  const work = session.call('devices/attach', params, { descriptors: [image.handle.fd] });
  const { device, outcome, readOnlyReason, warnings } = await whileWaiting('Attaching', context, work);
  for (const warning of warnings) warn(context, `${nodePath(device.number)}: ${attachWarnings[warning]}`);
  const reason = image.fallback ?? readOnlyReason;
  const because = reason === null || reason === 'requested' || reason === 'descriptor' ? '' : `: ${readOnlyReasons[reason]}`;
  return { session, device, places, attached: outcome === 'attached', because };
}

interface Mounted {
  readonly partition: number | null;
  readonly mountId: number;
  readonly outcome: 'mounted' | 'already-mounted';
}

async function mountPlaces(mounting: Mounting, { readOnly }: MountOptions, context: Context): Promise<ExitCode> {
  const { session, device, attached } = mounting;
  const mounted: Mounted[] = [];
  const mountOne = async (place: MountPlace): Promise<void> => {
    const { partition } = place;
    const present = mountsOf(device).findLast((placed) => placed.partition === partition);
    if (present !== undefined) {
      mounted.push({ partition, mountId: present.mount.mountId, outcome: 'already-mounted' });
      return;
    }
    const wish = { readOnly: readOnly || device.readOnly, detachWhenUnmounted: attached };
    const work = mountPlace(session, device, place, wish);
    const { mountId } = await whileWaiting(`Mounting ${placePath(device, partition)}`, context, work);
    mounted.push({ partition, mountId, outcome: 'mounted' });
  };
  try {
    const status = await mountEach(mounting, mountOne, context);
    await tell(mounting, mounted, context);
    return status;
  } finally {
    // With no mount on it nothing would ever detach it.
    if (attached && mounted.length === 0) await detachAgain(session, device);
  }
}

/** A single place fails as the command; of several each failure is told, and the others are still mounted. */
async function mountEach(
  { device, places }: Mounting,
  mountOne: (place: MountPlace) => Promise<void>,
  context: Context,
): Promise<ExitCode> {
  const [only, ...others] = places;
  if (only !== undefined && others.length === 0) {
    await mountOne(only);
    return exitCodes.done;
  }
  const byPath = new Map(places.map((place) => [placePath(device, place.partition), place]));
  return forEachSubject([...byPath.keys()], context, async (path) => {
    const place = byPath.get(path);
    if (place !== undefined) await mountOne(place);
    return exitCodes.done;
  });
}

async function detachAgain(session: Session, { number, diskseq }: LoopDevice): Promise<void> {
  // The failure that led here is the one to tell.
  await session.call('devices/detach', { device: number, diskseq, whenFree: true }).catch(() => undefined);
}

async function tell(
  { session, device: before, attached, because }: Mounting,
  mounted: readonly Mounted[],
  context: Context,
): Promise<void> {
  const device = mounted.length === 0 ? before : await readActing(session, before);
  const results = mounted.flatMap(({ partition, mountId, outcome }) => {
    const placed = mountsOf(device).find((candidate) => candidate.mount.mountId === mountId);
    return placed === undefined ? [] : [{ node: placePath(device, partition), partition, outcome, ...placed.mount }];
  });
  if (context.json) {
    printJson({ device: toJsonDevice(device), attached, results });
    return;
  }
  for (const { node, outcome, mountPoint, readOnly } of results) {
    const path = showName(mountPoint, context);
    // With --quiet what a script needs is the folder.
    if (context.quiet) writeOutput(`${path}\n`);
    const verb = outcome === 'mounted' ? 'mounted' : 'was mounted already';
    say(context, `${node}: ${verb} on ${path}${readOnly ? `, read-only${because}` : ''}`);
  }
}
