/** Values of options and arguments, from text to what the commands take. */
import { InvalidArgumentError } from 'commander';
import type { SetParams } from '../../native-helper/protocol/devices.ts';
import { toDecimal, type DecimalString } from '../../native-helper/protocol/scalars.ts';
import type { AttachOptions } from './commands/attach.ts';
import type { PartitionChange } from './commands/change.ts';
import type { DetachOptions } from './commands/detach.ts';
import type { RelabelWish } from '../maintenance/relabel-image.ts';
import type { CheckOptions } from './commands/check.ts';
import type { VerifyOptions } from './commands/verify.ts';
import type { MountOptions } from './commands/mount.ts';
import { parseNodeName } from './device-names.ts';
import { UsageFailure } from './failures.ts';
import { parseSize } from './sizes.ts';

const LARGEST = 2n ** 63n - 1n;

/** A size with losetup's suffixes, at most 2^63 - 1. */
export function toSize(text: string): bigint {
  const parsed = parseSize(text);
  if (parsed.kind === 'invalid') throw new InvalidArgumentError('It is no size such as 512, 4K, 1MiB or 10MB.');
  if (parsed.kind === 'too-large' || parsed.bytes > LARGEST) throw new InvalidArgumentError('It is too large.');
  return parsed.bytes;
}

/** As {@link toSize}, within 32 bits; whether the kernel takes it is the helper's to say. */
export function toBlockSize(text: string): number {
  const bytes = toSize(text);
  if (bytes > 0xffff_ffffn) throw new InvalidArgumentError('It is too large.');
  return Number(bytes);
}

export function parseDeviceNumber(text: string): number {
  const number = parseNodeName(text);
  if (number === null) throw new UsageFailure(`${text} is no loop device such as /dev/loop3, loop3 or 3`);
  return number;
}

function checkReference(name: string): string {
  if (Buffer.byteLength(name) > 63 || !name.isWellFormed()) throw new UsageFailure('a reference name has at most 63 bytes of UTF-8');
  return name;
}

interface AttachFlags {
  readonly readOnly?: boolean;
  readonly offset?: bigint;
  readonly sizeLimit?: bigint;
  readonly blockSize?: number;
  readonly partitionScan?: boolean;
  readonly directIo?: boolean;
  readonly reference?: string;
  readonly device?: string;
  readonly again?: boolean;
  readonly reuse?: boolean;
  readonly legacy?: 'status64' | 'status';
}

const legacyCalls = { status64: 'LOOP_SET_STATUS64', status: 'LOOP_SET_STATUS' } as const;

/** What LOOP_SET_FD and LOOP_SET_STATUS cannot do. */
function refuseWithLegacy({ legacy, blockSize, directIo, device, again, reuse }: AttachFlags): void {
  if (legacy === undefined) return;
  if (blockSize !== undefined || directIo === true || device !== undefined || again === true || reuse === false) {
    throw new UsageFailure('--legacy goes with --read-only, --offset, --size-limit, --partition-scan and --reference only');
  }
}

/** From commander's options of `attach`. Throws UsageFailure. */
export function attachOptions(options: object): AttachOptions {
  const flags: AttachFlags = options;
  refuseWithLegacy(flags);
  if (flags.again === true && flags.reuse === false) throw new UsageFailure('--again and --no-reuse exclude each other');
  return {
    readOnly: flags.readOnly ?? false,
    offsetBytes: flags.offset ?? 0n,
    sizeLimitBytes: flags.sizeLimit ?? 0n,
    logicalBlockSizeBytes: flags.blockSize ?? 0,
    partitionScan: flags.partitionScan ?? false,
    // It would go with the helper, which ends with the command: `mount` and `open` hold it until something uses it.
    autoclear: false,
    directIo: flags.directIo ?? false,
    reference: flags.reference === undefined ? null : checkReference(flags.reference),
    device: flags.device === undefined ? null : parseDeviceNumber(flags.device),
    whenAttached: flags.again === true ? 'attach-again' : flags.reuse === false ? 'refuse' : 'reuse',
    legacy: flags.legacy === undefined ? null : legacyCalls[flags.legacy],
  };
}

interface DetachFlags {
  readonly whenFree?: boolean;
  readonly wait?: string | true;
  readonly closePrograms?: boolean;
  readonly kill?: boolean;
  readonly allMine?: boolean;
  readonly cancel?: boolean;
}

/** How long programs that were asked to end are waited for without --wait: their time to end, and to be forced. */
const CLOSING_MS = 15_000;

/** From commander's options of `detach`. Throws UsageFailure. */
export function detachOptions(options: object): DetachOptions {
  const { whenFree = false, wait, closePrograms = false, kill = false, allMine = false, cancel = false }: DetachFlags = options;
  if (whenFree && (wait !== undefined || closePrograms || kill)) throw new UsageFailure('--when-free goes with neither --wait nor closing');
  const close = kill ? 'force' : closePrograms ? 'ask' : 'no';
  return { whenFree, cancel, allMine, close, waitMs: toWaitMs(wait, close === 'no' ? 0 : CLOSING_MS) };
}

/** At most a day, so that the timer can hold it. */
function toWaitMs(wait: string | true | undefined, otherwise: number): number | null {
  if (wait === undefined) return otherwise;
  if (wait === true) return null;
  if (!/^[0-9]{1,5}$/u.test(wait) || Number(wait) > 86_400) throw new UsageFailure('--wait takes whole seconds, at most 86400');
  return Number(wait) * 1000;
}

interface SetFlags {
  readonly autoclear?: boolean;
  readonly partitionScan?: boolean;
  readonly directIo?: boolean;
  readonly blockSize?: number;
  readonly offset?: bigint;
  readonly sizeLimit?: bigint;
  readonly reference?: string;
}

/** From commander's options of `set`: only what was named. Throws UsageFailure when nothing was. */
export function setChanges(options: object): SetParams['changes'] {
  const { autoclear, partitionScan, directIo, blockSize, offset, sizeLimit, reference }: SetFlags = options;
  const changes: SetParams['changes'] = {
    ...(autoclear === undefined ? {} : { autoclear }),
    ...(partitionScan === undefined ? {} : { partitionScan }),
    ...(directIo === undefined ? {} : { directIo }),
    ...(blockSize === undefined ? {} : { logicalBlockSizeBytes: blockSize }),
    ...(offset === undefined ? {} : { offsetBytes: toDecimal(offset) }),
    ...(sizeLimit === undefined ? {} : { sizeLimitBytes: toDecimal(sizeLimit) }),
    ...(reference === undefined ? {} : { reference: checkReference(reference) }),
  };
  if (Object.keys(changes).length === 0) throw new UsageFailure('set needs an option that says what to change');
  return changes;
}

export function toPartitionNumber(text: string): number {
  const number = /^[1-9][0-9]{0,4}$/u.test(text) ? Number(text) : 0;
  if (number < 1 || number > 65_535) throw new UsageFailure('the number of a partition is from 1 to 65535');
  return number;
}

/** From commander's options of `mount`. Throws UsageFailure. */
export function mountOptions(options: object): MountOptions {
  const { partition, readOnly = false }: { partition?: string; readOnly?: boolean } = options;
  return { partition: partition === undefined ? null : toPartitionNumber(partition), readOnly };
}

/** From commander's options of `verify`. */
export function verifyOptions(options: object): VerifyOptions {
  const { md5 = false, sha256 = false, sha512 = false, expect, beside = true }: VerifyFlags = options;
  const wanted = { md5, sha256, sha512 };
  const algorithms = (['md5', 'sha256', 'sha512'] as const).filter((algorithm) => wanted[algorithm]);
  return { algorithms, expected: expect ?? null, beside };
}

interface VerifyFlags {
  readonly md5?: boolean;
  readonly sha256?: boolean;
  readonly sha512?: boolean;
  readonly expect?: string;
  readonly beside?: boolean;
}

/** From commander's options of `check`. Throws UsageFailure. */
export function checkOptions(options: object): CheckOptions {
  const { partition, repair = false, verbose = false }: { partition?: string; repair?: boolean; verbose?: boolean } = options;
  return { partition: partition === undefined ? null : toPartitionNumber(partition), repair, verbose };
}

/** From commander's arguments of `label`. Throws UsageFailure. */
export function labelOptions(label: string | undefined, options: object): RelabelWish {
  const { partition, uuid }: { partition?: string; uuid?: string } = options;
  return { partition: partition === undefined ? null : toPartitionNumber(partition), label: label ?? null, uuid: uuid ?? null };
}

export interface PartitionArguments {
  readonly action: string;
  readonly number: string;
  readonly start: string | undefined;
  readonly size: string | undefined;
}

function parseBytes(text: string, about: string): DecimalString {
  const parsed = parseSize(text);
  if (parsed.kind !== 'ok' || parsed.bytes > LARGEST) throw new UsageFailure(`${about} ${text} is no size such as 512, 4K, 1MiB or 10MB`);
  return toDecimal(parsed.bytes);
}

/** `add NUMBER START SIZE`, `resize NUMBER SIZE`, `delete NUMBER`. Throws UsageFailure. */
export function parsePartitionChange({ action, number, start, size }: PartitionArguments): PartitionChange {
  const partition = toPartitionNumber(number);
  if (action === 'add' && start !== undefined && size !== undefined) {
    return { action, partition, startBytes: parseBytes(start, 'start'), sizeBytes: parseBytes(size, 'size') };
  }
  if (action === 'resize' && start !== undefined && size === undefined) return { action, partition, sizeBytes: parseBytes(start, 'size') };
  if (action === 'delete' && start === undefined) return { action, partition };
  throw new UsageFailure('use: partition DEVICE add NUMBER START SIZE, resize NUMBER SIZE, or delete NUMBER');
}
