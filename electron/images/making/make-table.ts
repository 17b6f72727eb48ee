/** Writes a partition table with sfdisk(8), whose script holds numbers and fixed words only. Main process and command line. */
import type { FileHandle } from 'node:fs/promises';
import type { PartitionContent, PlacedPartition, TableKind } from '../../ipc/partition-layout.ts';
import { descriptorArgument } from '../../tools/run-tool.ts';
import { runMaker } from './maker-tool.ts';

const SECTOR_BYTES = 512n;
const LINUX_DATA = { gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', mbr: '83' };
const WINDOWS_DATA = { gpt: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', mbr: '07' };

/** Type of the partition for what it holds: UEFI specification 2.10 §5.3, util-linux include/pt-gpt-partnames.h and pt-mbr-partnames.h. */
const types: Readonly<Record<PartitionContent, Readonly<Record<TableKind, string>>>> = {
  ext4: LINUX_DATA,
  ext3: LINUX_DATA,
  ext2: LINUX_DATA,
  xfs: LINUX_DATA,
  btrfs: LINUX_DATA,
  none: LINUX_DATA,
  fat: { gpt: WINDOWS_DATA.gpt, mbr: '0c' },
  exfat: WINDOWS_DATA,
  ntfs: WINDOWS_DATA,
  swap: { gpt: '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F', mbr: '82' },
  efi: { gpt: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', mbr: 'ef' },
};

export interface TablePartition extends PlacedPartition {
  readonly content: PartitionContent;
  /** Of a GPT partition; checked already. */
  readonly name: string;
}

/** The whole input of sfdisk. A name is written byte by byte in hexadecimal, so that nothing in it means anything. */
export function tableScript(table: TableKind, partitions: readonly TablePartition[]): string {
  const lines = partitions.map(({ startBytes, sizeBytes, content, name }) => {
    const named = table === 'gpt' && name !== '' ? `, name="${toHexadecimal(name)}"` : '';
    return `start=${startBytes / SECTOR_BYTES}, size=${sizeBytes / SECTOR_BYTES}, type=${types[content][table]}${named}`;
  });
  return [`label: ${table === 'gpt' ? 'gpt' : 'dos'}`, 'unit: sectors', 'sector-size: 512', ...lines, ''].join('\n');
}

function toHexadecimal(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

export async function makeTable(
  file: FileHandle,
  table: TableKind,
  partitions: readonly TablePartition[],
  signal: AbortSignal,
): Promise<void> {
  const args = ['--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'never', descriptorArgument(0)];
  await runMaker({ program: 'sfdisk', signal, descriptors: [file.fd], args, input: tableScript(table, partitions) });
}
