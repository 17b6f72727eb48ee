/** platter inspect FILE...: everything that can be said of an image without attaching it and without root. */
import { inspectFile } from '../../images/inspect.ts';
import { Neighbours } from '../../images/neighbours.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import type { InspectedContent, InspectedTable, Inspection } from '../../ipc/inspection.ts';
import { withImageWorker } from '../contents.ts';
import { printJson, showText, type Context } from '../context.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { readDevices } from '../in-process-reader.ts';
import { describeContent, describeFinding, describeFormat, describeTable, partitionType } from '../inspection-text.ts';
import { formatSize } from '../sizes.ts';
import { forEachSubject } from '../subjects.ts';
import { formatPairs, formatTable, type Column } from '../table.ts';
import { paint, writeOutput } from '../terminal.ts';

export async function inspect(names: readonly string[], context: Context): Promise<ExitCode> {
  return withImageWorker(async (worker) => {
    const { devices } = readDevices();
    const neighbours = new Neighbours(worker);
    let isFirst = true;
    return forEachSubject(names, context, async (name) => {
      const inspection = await inspectFile({ worker, devices, neighbours }, toFileNameBytes(name));
      if (context.json) printJson({ file: name.toWellFormed(), ...inspection });
      else writeOutput(`${isFirst ? '' : '\n'}${describeInspection(name, inspection, context)}`);
      isFirst = false;
      return exitCodes.done;
    });
  });
}

function describeInspection(name: string, inspection: Inspection, context: Context): string {
  const { sizeBytes, allocatedBytes, format, table, whole, attachedAs, findings } = inspection;
  const pairs: (readonly [string, string])[] = [
    ['File', showText(name, context)],
    ['Size', `${size(sizeBytes)}, ${formatSize(BigInt(allocatedBytes))} on disk`],
    ['Format', describeFormat(format, context)],
  ];
  if (table !== null) pairs.push(['Partition table', describeTable(table, context)]);
  if (whole !== null && whole.kind !== 'partition-table') pairs.push(...describeWhole(whole, context));
  if (attachedAs.length > 0) pairs.push(['Attached as', attachedAs.map(nodePath).join(', ')]);
  const warnings = findings.map((finding) => `${paint('!', 'bold', context.output)} ${describeFinding(finding, context)}\n`);
  return [
    formatPairs(pairs, context.output),
    table === null || table.partitions.length === 0 ? '' : `\n${partitionTable(table, context)}`,
    warnings.length === 0 ? '' : `\n${warnings.join('')}`,
  ].join('');
}

function describeWhole(whole: InspectedContent, context: Context): readonly (readonly [string, string])[] {
  const { uuid, fileSystemBytes, usedBytes, freeBytes, state } = whole;
  const pairs: (readonly [string, string])[] = [['Contents', describeContent(whole, context)]];
  if (uuid !== null) pairs.push(['UUID', showText(uuid, context)]);
  if (fileSystemBytes !== null) {
    const used = usedBytes === null ? '' : `${formatSize(BigInt(usedBytes))} of `;
    const free = freeBytes === null ? '' : `, ${formatSize(BigInt(freeBytes))} free`;
    pairs.push([usedBytes === null ? 'File system' : 'Used', `${used}${formatSize(BigInt(fileSystemBytes))}${free}`]);
  }
  if (state !== 'unknown') pairs.push(['State', states[state]]);
  return pairs;
}

const states = { clean: 'clean', unclean: 'not unmounted cleanly', errors: 'has errors' } as const;

function size(bytes: string): string {
  return BigInt(bytes) < 1024n ? `${bytes} bytes` : `${formatSize(BigInt(bytes))} (${bytes} bytes)`;
}

const columns: readonly Column[] = [
  { title: 'NR', align: 'right' },
  { title: 'START', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'TYPE', align: 'left', flexible: true },
  { title: 'CONTENTS', align: 'left', flexible: true },
  { title: 'USED', align: 'right' },
  { title: 'FREE', align: 'right' },
  { title: 'NAME', align: 'left', flexible: true },
  { title: 'UUID', align: 'left', flexible: true },
];

function partitionTable(table: InspectedTable, context: Context): string {
  const rows = table.partitions.map((partition) => {
    const { number, startBytes, sizeBytes, content, name } = partition;
    const { usedBytes, freeBytes, uuid } = content;
    return [
      String(number),
      startBytes,
      formatSize(BigInt(sizeBytes)),
      partitionType(partition),
      describeContent(content, context),
      usedBytes === null ? '' : formatSize(BigInt(usedBytes)),
      freeBytes === null ? '' : formatSize(BigInt(freeBytes)),
      name === null ? '' : showText(name, context),
      uuid === null ? '' : showText(uuid, context),
    ];
  });
  return formatTable(columns, rows, context.output);
}
