/** One event of platter watch as a line for people. */
import type { LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import type { JobFacts } from '../jobs/job-facts.ts';
import type { JobEvent } from '../jobs/watch-jobs.ts';
import { showName, showText, type Context } from './context.ts';
import { nodePath } from './device-names.ts';
import { describeNamespace } from './holder-lines.ts';
import { formatSize } from './sizes.ts';
import type { WatchEvent } from './watch-events.ts';
import type { UserEvent } from './watch-users.ts';

/** What each changed field is called. */
const fieldNames: Readonly<Record<string, string>> = {
  sizeBytes: 'size',
  readOnly: 'read-only',
  autoclear: 'detaching by itself',
  partitionScan: 'partition scan',
  directIo: 'direct I/O',
  offsetBytes: 'offset',
  sizeLimitBytes: 'size limit',
  logicalBlockSizeBytes: 'logical block size',
  backingFile: 'file name',
  backingFileState: 'state of the file',
  identity: 'file',
  reference: 'reference name',
  ownership: 'owner',
  attachment: 'owner',
};

export function deviceLine(device: LoopDevice, context: Context): string {
  return `${nodePath(device.number)}: ${showName(device.backingFile, context)}, ${formatSize(BigInt(device.sizeBytes))}`;
}

export function eventLine(event: WatchEvent, context: Context): string {
  switch (event.event) {
    case 'device-added':
      return `${deviceLine(event.device, context)}: attached`;
    case 'device-removed':
      return `${event.node}: detached`;
    case 'device-changed':
      return `${event.node}: changed: ${[...new Set(event.fields.map((field) => fieldNames[field] ?? field))].join(', ')}`;
    case 'partition-added':
      return `${event.partitionNode}: new partition, ${formatSize(BigInt(event.sizeBytes))}`;
    case 'partition-changed':
      return `${event.partitionNode}: partition changed, ${formatSize(BigInt(event.sizeBytes))}`;
    case 'partition-removed':
      return `${event.partitionNode}: partition gone`;
    case 'mounted':
      return `${placeOf(event)}: mounted on ${mountText(event.mount, context)}`;
    case 'unmounted':
      return `${placeOf(event)}: no longer mounted on ${mountText(event.mount, context)}`;
    case 'swap-on':
      return `${placeOf(event)}: used as swap`;
    case 'swap-off':
      return `${placeOf(event)}: no longer used as swap`;
    case 'holder-added':
      return `${event.node}: used by ${event.holder}`;
    case 'holder-removed':
      return `${event.node}: no longer used by ${event.holder}`;
    case 'nodes-changed':
      return `unused nodes: ${event.unboundNumbers.map((number) => `loop${number}`).join(' ') || 'none'}`;
    default:
      return event satisfies never;
  }
}

/** Null for what nobody needs to read: that a program opened one more file. */
export function userLine(event: UserEvent, context: Context): string | null {
  switch (event.event) {
    case 'process-added':
    case 'process-removed': {
      const { name, pid, user, uid } = event.process;
      const verb = event.event === 'process-added' ? 'in use' : 'no longer in use';
      return `${event.node}: ${verb} by ${showText(name, context)} (${pid}), ${showText(user ?? String(uid), context)}`;
    }
    case 'process-changed':
      return null;
    case 'loop-added':
      return `${event.node}: used by ${event.loop}: ${showName(event.backingFile, context)}`;
    case 'loop-removed':
      return `${event.node}: no longer used by ${event.loop}`;
    case 'swap-file-on':
      return `${event.node}: swap in ${showName(event.path, context)}`;
    case 'swap-file-off':
      return `${event.node}: no more swap in ${showName(event.path, context)}`;
    case 'mounted-elsewhere':
      return `${event.node}: mounted on ${showName(event.mount.mountPoint, context)} ${describeNamespace(event.mount.namespace, context)}`;
    case 'unmounted-elsewhere':
      return `${event.node}: no longer mounted on ${showName(event.mount.mountPoint, context)} for other programs`;
    default:
      return event satisfies never;
  }
}

const jobNames: Readonly<Record<JobFacts['kind'], string>> = {
  attach: 'attaching',
  create: 'creating',
  copy: 'copying',
  convert: 'converting',
  unpack: 'unpacking',
  export: 'exporting',
  hash: 'verifying',
  check: 'checking',
  repair: 'repairing',
  relabel: 'changing the label',
  sparsify: 'giving space back',
  resize: 'resizing',
  detach: 'waiting to detach',
};
const endings = { done: 'done', cancelled: 'called off', failed: 'failed', lost: 'its program is gone' } as const;

type BeginOrEnd = Exclude<JobEvent, { readonly event: 'job-progress' }>;

export function jobLine(event: BeginOrEnd, context: Context): string {
  const { kind, fileName, pid } = event.job;
  const doing = `${showText(fileName, context)}: ${Object.hasOwn(jobNames, kind) ? jobNames[kind] : showText(kind, context)}`;
  if (event.event === 'job-started') return `${doing} (process ${pid})`;
  return `${doing}: ${endings[event.outcome]}${event.code === null ? '' : ` [${event.code}]`}`;
}

function placeOf({ node, partition }: { readonly node: string; readonly partition: number | null }): string {
  return partition === null ? node : `${node}p${partition}`;
}

function mountText({ mountPoint, fileSystemType, readOnly }: Mount, context: Context): string {
  return `${showName(mountPoint, context)} (${fileSystemType}${readOnly ? ', read-only' : ''})`;
}
