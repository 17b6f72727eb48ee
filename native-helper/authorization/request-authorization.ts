/**
 * Stands between the dispatcher and every handler: finds out whose device a request is about and what came with it, and asks
 * what the method table says. Runs as root.
 */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';
import { fileFacts } from '../linux/descriptors.ts';
import { readProcessStatus } from '../linux/processes.ts';
import { readBackingFile, readDiskseq } from '../linux/sysfs.ts';
import { HelperError } from '../protocol/errors.ts';
import { helperMethods, type Authorization } from '../protocol/methods.ts';
import type { Ownership } from '../protocol/devices.ts';
import { othersToTell, type OthersToTell } from '../protocol/holders.ts';
import { fileSystemTypes, isFileSystemType } from '../protocol/mounts.ts';
import type { OwnershipRecords } from '../records/ownership.ts';
import type { AuthorizeRequest, RequestContext } from '../rpc/handlers.ts';
import type { Authorizer, PromptFacts } from './authorizer.ts';
import { decideAuthorization, type DescriptorKind } from './decision.ts';

export interface RequestAuthorizationOptions {
  readonly uid: number;
  readonly authorizer: Authorizer;
  readonly records: Pick<OwnershipRecords, 'ownershipOf'>;
  /** Whose mount a request names. */
  readonly ownershipOfMount: (target: MountTarget) => Ownership;
}

/** A mount as requests name it. */
export interface MountTarget {
  readonly device: number;
  readonly mountId: number;
}

/** The hook for the dispatcher. Returns nothing at once where no question is needed, so that such a request keeps its turn. */
export function createRequestAuthorization(options: RequestAuthorizationOptions): AuthorizeRequest {
  return (method, params, request) => {
    const authorization: Authorization = helperMethods[method].authorization;
    if (authorization === 'none' || options.uid === 0) return undefined;
    const target = targetOf(params);
    const mount = mountOf(params);
    const mountOwnership = mount === null ? null : options.ownershipOfMount(mount);
    if (mountOwnership === 'unknown') {
      // The same answers, in the same order, as for somebody who is not asked.
      if (target !== null) checkCurrent(target);
      throw new HelperError('NOT_MOUNTED');
    }
    const decision = decideAuthorization(authorization, {
      uid: options.uid,
      device: target === null ? 'own' : options.records.ownershipOf(target.device, target.diskseq),
      mount: mountOwnership,
      isUncommon: namesUncommonType(params),
      descriptor: descriptorKind(request),
      othersToTell: othersToTellIn(params),
    });
    switch (decision.kind) {
      case 'granted':
        return undefined;
      case 'refused':
        throw new HelperError('NOT_PERMITTED');
      case 'ask':
        if (target !== null) checkCurrent(target);
        return options.authorizer.check(decision.action, promptFacts(target, params, request), request.signal);
      default:
        throw new HelperError('NOT_AUTHORIZED', { cause: decision satisfies never });
    }
  };
}

interface Target {
  readonly device: number;
  readonly diskseq: bigint;
}

/** A request is about an existing device when it says which one it saw; the operation checks that the diskseq still holds. */
function targetOf(params: object): Target | null {
  if (!('device' in params) || !('diskseq' in params)) return null;
  const { device, diskseq } = params;
  return typeof device === 'number' && typeof diskseq === 'string' ? { device, diskseq: BigInt(diskseq) } : null;
}

/** Nobody is asked about a device that is not there any more. The operation checks it again, after however long a question. */
function checkCurrent({ device, diskseq }: Target): void {
  const current = readDiskseq(device);
  if (current === null) throw new HelperError('NO_SUCH_DEVICE');
  if (current !== diskseq) throw new HelperError('STALE_DEVICE');
}

function mountOf(params: object): MountTarget | null {
  if (!('device' in params) || !('mountId' in params)) return null;
  const { device, mountId } = params;
  return typeof device === 'number' && typeof mountId === 'number' ? { device, mountId } : null;
}

/** Nobody is asked for a password for what is refused anyway. */
function namesUncommonType(params: object): boolean {
  if (!('fileSystemType' in params) || typeof params.fileSystemType !== 'string') return false;
  const type = params.fileSystemType;
  if (!isFileSystemType(type)) throw new HelperError('FILE_SYSTEM_REFUSED');
  return fileSystemTypes[type] === 'uncommon';
}

function othersToTellIn(params: object): OthersToTell | null {
  return 'others' in params && v.is(othersToTell, params.others) ? params.others : null;
}

/** What cannot be looked at counts as the kind that needs more. The operation refuses it with the proper code. */
function descriptorKind(request: RequestContext): DescriptorKind {
  const [fd] = request.descriptors;
  if (fd === undefined) return 'none';
  try {
    return fileFacts(fd).type === 'block' ? 'block' : 'regular';
  } catch {
    return 'regular';
  }
}

/** Only for the eyes of the person who is asked; nothing is decided by it. */
function promptFacts(target: Target | null, params: object, request: RequestContext): PromptFacts {
  const [fd] = request.descriptors;
  const program = 'pid' in params && typeof params.pid === 'number' ? { program: readProcessStatus(params.pid)?.name ?? null } : {};
  if (fd !== undefined) return { device: target?.device ?? null, fileName: descriptorName(fd), ...program };
  if (target === null) return { device: null, fileName: null, ...program };
  const file = readBackingFile(target.device);
  const fileName = file.kind === 'bytes' ? basename(Buffer.from(file.bytes).toString('utf8')) : null;
  return { device: target.device, fileName, ...program };
}

function descriptorName(fd: number): string | null {
  try {
    return basename(readlinkSync(`/proc/self/fd/${fd}`));
  } catch {
    return null;
  }
}
