/**
 * Makes an empty file system in a file, or in a part of it. Its root folder belongs to the user who makes it, where the file system
 * knows owners at all. Main process and command line.
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { FileSystemName } from '../../ipc/file-systems.ts';
import type { ToolName } from '../../tools/tool-packages.ts';
import { descriptorArgument } from '../../tools/run-tool.ts';
import { runMaker, type MakerRequest } from './maker-tool.ts';
import { refusePlace, type Draft } from './new-file.ts';
import { LARGE_MEMORY_BYTES } from '../../tools/tool-process.ts';

const SECTOR_BYTES = 512n;
const IMAGE = descriptorArgument(0);
const EXTRA = descriptorArgument(1);

/** The program that makes each, the same whatever the label or size. */
export const makerOf: Readonly<Record<FileSystemName, ToolName>> = {
  ext4: 'mke2fs',
  ext3: 'mke2fs',
  ext2: 'mke2fs',
  xfs: 'mkfs.xfs',
  btrfs: 'mkfs.btrfs',
  fat: 'mkfs.fat',
  exfat: 'mkfs.exfat',
  ntfs: 'mkntfs',
  swap: 'mkswap',
};

export interface FileSystemWish {
  readonly fileSystem: FileSystemName;
  /** Checked already; empty: none. */
  readonly label: string;
  readonly sizeBytes: bigint;
  /** Where it begins in the file; 0 for the whole file. */
  readonly startBytes: bigint;
  /** The UUID it shall have, as libblkid says it, for FAT, exFAT and NTFS; left out or null: a new one. */
  readonly identifier?: string | null;
}

/** Into the draft's own file. Zeroes that a tool wrote become holes, unless the room is reserved. */
export async function makeFileSystem(draft: Draft, wish: FileSystemWish, signal: AbortSignal): Promise<void> {
  if (wish.startBytes === 0n || canBegin(wish.fileSystem)) return format(draft, draft.file, wish, signal);
  const side = await draft.sideFile();
  try {
    await side.truncate(Number(wish.sizeBytes)).catch(refusePlace);
    await format(draft, side, wish, signal);
    await copyTo(draft.file, side, wish.startBytes, signal);
  } finally {
    await side.close();
  }
}

/**
 * Tools that can begin inside a file; for the others the file system is made beside it and copied to its place. mkfs.fat has an offset
 * too, but chooses FAT12, FAT16 or FAT32 by the size of the whole file (dosfstools 4.2).
 */
function canBegin(fileSystem: FileSystemName): boolean {
  return makerOf[fileSystem] === 'mke2fs';
}

async function format(draft: Draft, file: FileHandle, wish: FileSystemWish, signal: AbortSignal): Promise<void> {
  const program = makerOf[wish.fileSystem];
  const request = { program, signal, descriptors: [file.fd], memoryBytes: LARGE_MEMORY_BYTES };
  switch (program) {
    case 'mkfs.xfs':
      return formatXfs(draft, wish, request);
    case 'mkfs.btrfs':
      return formatBtrfs(draft, wish, request);
    default:
      await runMaker({ ...request, args: plainArguments(wish) });
      return setIdentifier(file, wish, request);
  }
}

/** What mkfs.exfat and mkntfs take no option for. */
async function setIdentifier(file: FileHandle, wish: FileSystemWish, request: Omit<MakerRequest, 'args' | 'program'>): Promise<void> {
  const digits = identifierDigits(wish);
  if (wish.fileSystem === 'exfat' && digits !== null) {
    await runMaker({ ...request, program: 'tune.exfat', args: ['-I', `0x${digits}`, IMAGE] });
  }
  if (wish.fileSystem !== 'ntfs' || digits === null) return;
  // The serial number in the boot sector and in its copy, which lies in the last sector of the volume ($Boot of NTFS).
  const serial = Buffer.alloc(8);
  serial.writeBigUInt64LE(BigInt(`0x${digits}`));
  const sectors = Buffer.alloc(8);
  await file.read(sectors, 0, 8, 0x28).catch(refusePlace);
  const copy = sectors.readBigUInt64LE() * SECTOR_BYTES;
  for (const sector of [0n, copy]) await file.write(serial, 0, 8, Number(sector) + 0x48).catch(refusePlace);
}

/** Hexadecimal digits; null where it has no identifier of this form. */
function identifierDigits({ fileSystem, identifier }: FileSystemWish): string | null {
  const digits = (identifier ?? '').replace('-', '');
  const length = fileSystem === 'ntfs' ? 16 : 8;
  return digits.length === length && /^[0-9A-Fa-f]+$/u.test(digits) ? digits : null;
}

function plainArguments(wish: FileSystemWish): readonly string[] {
  const { fileSystem, label, startBytes } = wish;
  const start = (startBytes / SECTOR_BYTES).toString();
  switch (fileSystem) {
    case 'fat':
      // The sectors before it are what DOS and boot loaders add to find it.
      return [...labelled('-n', label.toUpperCase()), ...labelled('-i', identifierDigits(wish) ?? ''), '-h', start, IMAGE];
    case 'exfat':
      return [...labelled('-L', label), IMAGE];
    case 'ntfs':
      return ['-Q', '-F', '-q', ...labelled('-L', label), '-s', '512', '-p', start, '-H', '255', '-S', '63', IMAGE];
    case 'swap':
      return [...labelled('-L', label), IMAGE];
    default:
      return extArguments(wish, []);
  }
}

/** Nothing is left for the kernel to initialise later, which would make the file grow; a new file is zero already. */
export function extArguments({ fileSystem, label, sizeBytes, startBytes }: FileSystemWish, more: readonly string[]): readonly string[] {
  const extended = `root_owner=${ownUser()}:${ownGroup()},lazy_itable_init=0,lazy_journal_init=1,offset=${startBytes}`;
  return ['-t', fileSystem, '-F', '-q', ...labelled('-L', label), '-E', extended, ...more, IMAGE, `${sizeBytes / 1024n}k`];
}

async function formatXfs(draft: Draft, { label }: FileSystemWish, request: Omit<MakerRequest, 'args'>): Promise<void> {
  // A prototype file (mkfs.xfs(8), -p) is what gives the root folder its owner.
  const prototype = await draft.sideFile();
  try {
    await prototype.writeFile(`/\n0 0\nd--755 ${ownUser()} ${ownGroup()}\n$\n`).catch(refusePlace);
    const descriptors = [...(request.descriptors ?? []), prototype.fd];
    await runMaker({ ...request, descriptors, args: ['-f', '-q', ...labelled('-L', label), '-p', EXTRA, IMAGE] });
  } finally {
    await prototype.close();
  }
}

async function formatBtrfs(draft: Draft, { label }: FileSystemWish, request: Omit<MakerRequest, 'args'>): Promise<void> {
  // The root folder takes over owner and mode of the folder it is filled from.
  const folder = await open(await draft.sideFolder(), 'r').catch(refusePlace);
  try {
    const descriptors = [...(request.descriptors ?? []), folder.fd];
    await runMaker({ ...request, descriptors, args: ['-f', '-q', ...labelled('-L', label), '--rootdir', `${EXTRA}/.`, IMAGE] });
  } finally {
    await folder.close();
  }
}

function labelled(option: string, label: string): readonly string[] {
  return label === '' ? [] : [option, label];
}

function ownUser(): number {
  return process.getuid?.() ?? 0;
}

function ownGroup(): number {
  return process.getgid?.() ?? 0;
}

/** Zeroes are left out: there are zeroes already. */
async function copyTo(file: FileHandle, side: FileHandle, startBytes: bigint, signal: AbortSignal): Promise<void> {
  const args = [`if=${EXTRA}`, `of=${IMAGE}`, 'bs=64K', `seek=${startBytes}`, 'oflag=seek_bytes', 'conv=sparse,notrunc', 'status=none'];
  await runMaker({ program: 'dd', signal, descriptors: [file.fd, side.fd], args });
}
