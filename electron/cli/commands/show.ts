/** platter show DEVICE */
import type { KernelView, LoopDevice, Mount, Partition, StatusField } from '../../../native-helper/protocol/devices.ts';
import type { Contents } from '../../ipc/contents.ts';
import type { DeviceWarning } from '../../ipc/device-warnings.ts';
import { describeContent, readContents, withImageWorker } from '../contents.ts';
import { printJson, showName, showText, toJsonDevice, type Context } from '../context.ts';
import { describeWarning, readWarnings } from '../device-warnings.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { readDevices } from '../in-process-reader.ts';
import { withActingSession } from '../session.ts';
import { formatSize } from '../sizes.ts';
import { formatPairs, formatTable, type Column } from '../table.ts';
import { paint, writeOutput } from '../terminal.ts';
import { pickDevice } from '../subjects.ts';
import { describeFile } from './list.ts';

export interface ShowOptions {
  readonly kernel: boolean;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function size(bytes: string): string {
  return BigInt(bytes) < 1024n ? `${bytes} bytes` : `${formatSize(BigInt(bytes))} (${bytes} bytes)`;
}

function describeMount(mount: Mount, context: Context): string {
  return `${showName(mount.mountPoint, context)} (${mount.fileSystemType}${mount.readOnly ? ', read-only' : ''})`;
}

const ownerships = { own: 'you', 'other-user': 'another user', unknown: 'not through Platter, or not known' } as const;

function describeWhole(contents: Contents | null, context: Context): string {
  if (contents === null) return 'could not be looked at';
  return (
    describeContent(
      contents.find(({ partition }) => partition === null),
      context,
    ) || 'nothing that is known'
  );
}

/** The device as pairs of a name and a value, in the order in which people ask for them. */
export function describePairs(device: LoopDevice, contents: Contents | null, context: Context): readonly (readonly [string, string])[] {
  const { identity, reference, holders } = device;
  return [
    ['Device', nodePath(device.number)],
    ['File', describeFile(device, context)],
    ['Size', size(device.sizeBytes)],
    ['Contents', describeWhole(contents, context)],
    ['Read-only', yesNo(device.readOnly)],
    ['Offset', size(device.offsetBytes)],
    ['Size limit', device.sizeLimitBytes === '0' ? 'none' : size(device.sizeLimitBytes)],
    ['Logical block size', `${device.logicalBlockSizeBytes} bytes`],
    ['Direct I/O', yesNo(device.directIo)],
    ['Partition scan', yesNo(device.partitionScan)],
    ['Detaches by itself', yesNo(device.autoclear)],
    ['Mounted on', device.mounts.map((mount) => describeMount(mount, context)).join(', ') || 'nothing'],
    ...(device.usedAsSwap ? [['Used as swap', 'yes'] as const] : []),
    ...(holders.length > 0 ? [['Held by', holders.join(', ')] as const] : []),
    ['Attached by', ownerships[device.ownership]],
    ['Reference name', reference === null ? 'only root may know it' : showName(reference, context)],
    ['Inode of the file', identity === null ? 'only root may know it' : `${identity.inode} on device ${identity.device}`],
    ['Disk sequence', device.diskseq],
  ];
}

const partitionColumns: readonly Column[] = [
  { title: 'PARTITION', align: 'left' },
  { title: 'START', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'MODE', align: 'left' },
  { title: 'CONTENTS', align: 'left', flexible: true },
  { title: 'USED BY', align: 'left', flexible: true },
];

function partitionRow(device: LoopDevice, partition: Partition, contents: Contents, context: Context): string[] {
  const uses = [...partition.mounts.map((mount) => describeMount(mount, context)), ...(partition.usedAsSwap ? ['swap'] : [])];
  return [
    `${nodePath(device.number)}p${partition.number}`,
    partition.startBytes,
    formatSize(BigInt(partition.sizeBytes)),
    partition.readOnly ? 'ro' : 'rw',
    describeContent(
      contents.find((content) => content.partition === partition.number),
      context,
    ),
    uses.join(' '),
  ];
}

/** Partitions of the table that the kernel made no devices of; platter mount makes one where it needs it. */
function otherRows(device: LoopDevice, contents: Contents, context: Context): string[][] {
  const known = new Set(device.partitions.map(({ number }) => number));
  return contents.flatMap((content) => {
    if (content.partition === null || known.has(content.partition)) return [];
    const { partition, range } = content;
    const place = range === null ? ['', ''] : [range.startBytes, formatSize(BigInt(range.sizeBytes))];
    return [[`(partition ${partition})`, ...place, '', describeContent(content, context), '']];
  });
}

function printStatus(call: string, fields: readonly StatusField[] | { readonly errno: number }, context: Context): void {
  writeOutput(`\n${paint(call, 'bold', context.output)}\n`);
  if ('errno' in fields) {
    writeOutput(`failed with errno ${fields.errno}\n`);
    return;
  }
  const pairs = fields.map(({ name, value }) => [name, value] as const);
  writeOutput(formatPairs(pairs, context.output));
}

interface Shown {
  readonly device: LoopDevice;
  /** Null: could not be looked at. */
  readonly contents: Contents | null;
  readonly warnings: readonly DeviceWarning[];
  readonly view: KernelView | null;
}

function printDevice({ device, contents, warnings, view }: Shown, context: Context): void {
  writeOutput(formatPairs(describePairs(device, contents, context), context.output));
  for (const warning of warnings) {
    writeOutput(`${paint('Warning', 'bold', context.output)}  ${showText(describeWarning(warning), context)}\n`);
  }
  const found = contents ?? [];
  const rows = [
    ...device.partitions.map((partition) => partitionRow(device, partition, found, context)),
    ...otherRows(device, found, context),
  ];
  if (rows.length > 0) {
    writeOutput(`\n${formatTable(partitionColumns, rows, context.output)}`);
  }
  if (view === null) return;
  printStatus('LOOP_GET_STATUS64', view.status64, context);
  printStatus('LOOP_GET_STATUS', view.status, context);
}

export async function show(name: string, options: ShowOptions, context: Context): Promise<ExitCode> {
  const list = readDevices();
  const device = pickDevice(name, list);
  const { number, diskseq } = device;
  const view = options.kernel
    ? await withActingSession((session) => session.call('devices/kernel-view', { device: number, diskseq }))
    : null;
  const { contents, warnings } = await withImageWorker(async (worker) => {
    const found = await readContents(worker, device);
    return { contents: found, warnings: await readWarnings(worker, device, found ?? [], list.devices) };
  });
  if (context.json) printJson({ ...toJsonDevice(device), contents, warnings, ...(view === null ? {} : { kernelView: view }) });
  else printDevice({ device, contents, warnings, view }, context);
  return exitCodes.done;
}
