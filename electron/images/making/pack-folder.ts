/** Makes an image that holds the files of a folder. The tools run in the folder itself, by its descriptor. Main process and command line. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../../ipc/errors.ts';
import type { FolderFormat } from '../../ipc/file-systems.ts';
import type { ToolName } from '../../tools/tool-packages.ts';
import { descriptorArgument } from '../../tools/run-tool.ts';
import { refuseOpening } from '../open-image.ts';
import { extArguments } from './make-file-system.ts';
import { runMaker, type MakerOptions, type MakerRequest } from './maker-tool.ts';
import type { FolderSize } from './measure-folder.ts';
import { setLength } from './space.ts';
import { LARGE_MEMORY_BYTES } from '../../tools/tool-process.ts';

const MIB = 1024n * 1024n;
const IMAGE = descriptorArgument(0);
/** Where the tools run. */
const HERE = '.';
/** How often an ext4 image that came out too small is made again, a quarter larger each time. */
const EXT_TRIES = 5;

export const packerOf: Readonly<Record<FolderFormat, ToolName>> = {
  iso: 'xorriso',
  squashfs: 'mksquashfs',
  ext4: 'mke2fs',
  erofs: 'mkfs.erofs',
};

export interface FolderWish {
  readonly folder: Buffer;
  readonly format: FolderFormat;
  /** Checked already; empty: none. */
  readonly label: string;
  readonly size: FolderSize;
}

export async function packFolder(file: FileHandle, wish: FolderWish, signal: AbortSignal, onRead: (bytes: bigint) => void): Promise<void> {
  const folder = await open(wish.folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(refuseOpening);
  try {
    const descriptors = [file.fd, folder.fd];
    const request = { program: packerOf[wish.format], signal, descriptors, memoryBytes: LARGE_MEMORY_BYTES, folder: descriptorArgument(1) };
    await pack(file, wish, request, { onRead });
  } finally {
    await folder.close();
  }
}

async function pack(file: FileHandle, wish: FolderWish, request: Omit<MakerRequest, 'args'>, options: MakerOptions): Promise<void> {
  switch (wish.format) {
    case 'iso': {
      const volume = wish.label === '' ? [] : ['-V', wish.label];
      // Rock Ridge with modes that let everybody read, Joliet with long names, files above 4 GiB.
      const args = ['-as', 'mkisofs', '-iso-level', '3', '-r', '-J', '-joliet-long', ...volume, '-o', '-', HERE];
      await runMaker({ ...request, args, stdout: file.fd }, options);
      return;
    }
    case 'squashfs': {
      const args = [HERE, IMAGE, '-noappend', '-no-recovery', '-no-progress', '-quiet', '-exit-on-error'];
      await runMaker({ ...request, args }, options);
      return;
    }
    case 'erofs':
      await runMaker({ ...request, args: [IMAGE, HERE] }, options);
      return;
    case 'ext4':
      await packExt4(file, wish, request, options);
  }
}

/** mke2fs(8) wants to be told the size, which only it knows exactly: estimated, and made again where that was too little. */
async function packExt4(file: FileHandle, wish: FolderWish, request: Omit<MakerRequest, 'args'>, options: MakerOptions): Promise<void> {
  const inodes = wish.size.entries + Math.ceil(wish.size.entries / 5) + 1024;
  let sizeBytes = estimateExt4(wish.size, inodes);
  for (let attempt = 1; ; attempt += 1) {
    await setLength(file, 0n);
    await setLength(file, sizeBytes);
    const system = { fileSystem: 'ext4', label: wish.label, sizeBytes, startBytes: 0n } as const;
    try {
      await runMaker({ ...request, args: extArguments(system, ['-N', String(inodes), '-d', HERE]) }, options);
      return;
    } catch (error) {
      if (attempt === EXT_TRIES || !isTooSmall(error)) throw error;
      sizeBytes += (sizeBytes / 4n / MIB) * MIB + MIB;
    }
  }
}

/** Files, inodes of 256 bytes, a journal, and a twentieth for what maps them. */
export function estimateExt4({ blockBytes }: FolderSize, inodes: number): bigint {
  const contents = blockBytes + BigInt(inodes) * 256n;
  const journal = contents < 512n * MIB ? 16n * MIB : 128n * MIB;
  const whole = contents + contents / 20n + journal + 8n * MIB;
  return ((whole + MIB - 1n) / MIB) * MIB;
}

/** What mke2fs says when it runs out of blocks or inodes. */
function isTooSmall(error: unknown): boolean {
  if (!(error instanceof AppError) || error.data.code !== 'TOOL_FAILED') return false;
  return /Could not allocate (block|inode)|No free space|block group/u.test(error.data.details ?? '');
}
