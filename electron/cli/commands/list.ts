/** platter list */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { createContext, printJson, showName, toJsonDevice, warn, type Context, type GlobalOptions } from '../context.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { readDevices } from '../in-process-reader.ts';
import { formatSize } from '../sizes.ts';
import { formatTable, type Column } from '../table.ts';
import { writeOutput } from '../terminal.ts';

const columns: readonly Column[] = [
  { title: 'DEVICE', align: 'left' },
  { title: 'SIZE', align: 'right' },
  { title: 'MODE', align: 'left' },
  { title: 'USED BY', align: 'left', flexible: true },
  { title: 'FILE', align: 'left', flexible: true },
];

/** `ro,autoclear`: everything about the device that is not the usual. */
export function describeMode(device: LoopDevice): string {
  return [
    device.readOnly ? 'ro' : 'rw',
    ...(device.autoclear ? ['autoclear'] : []),
    ...(device.partitionScan ? ['partscan'] : []),
    ...(device.directIo ? ['dio'] : []),
    ...(device.offsetBytes === '0' ? [] : [`+${formatSize(BigInt(device.offsetBytes))}`]),
  ].join(',');
}

/** Mount points, swap and holders of the device and its partitions. */
export function describeUse(device: LoopDevice, context: Context): string {
  const parts = [device, ...device.partitions];
  const mounts = parts.flatMap((part) => part.mounts.map((mount) => showName(mount.mountPoint, context)));
  return [...mounts, ...(parts.some((part) => part.usedAsSwap) ? ['swap'] : []), ...device.holders].join(' ');
}

/** `(deleted)` after a name that is gone. */
export function describeFile(device: LoopDevice, context: Context): string {
  return `${showName(device.backingFile, context)}${device.backingFileState === 'deleted' ? ' (deleted)' : ''}`;
}

export function list(options: GlobalOptions): ExitCode {
  const context = createContext(options);
  const { devices, unboundNumbers } = readDevices();
  if (context.json) {
    printJson({ devices: devices.map(toJsonDevice), unboundNumbers });
    return exitCodes.done;
  }
  if (devices.length === 0) warn(context, 'no loop devices are attached');
  else {
    const rows = devices.map((device) => [
      nodePath(device.number),
      formatSize(BigInt(device.sizeBytes)),
      describeMode(device),
      describeUse(device, context),
      describeFile(device, context),
    ]);
    writeOutput(formatTable(columns, rows, context.output));
  }
  return exitCodes.done;
}
