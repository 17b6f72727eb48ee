/**
 * Unpacks a compressed image with the system's programs: one unpacks into a socket, dd(1) writes from there and leaves zeroes out.
 * No byte of it passes through this process. Main process and command line.
 */
import { closeSync } from 'node:fs';
import { createSocketPair } from '../../helper/socket-pair.ts';
import { AppError } from '../../ipc/errors.ts';
import type { CompressionFormat } from '../../ipc/inspection.ts';
import type { ToolName } from '../../tools/tool-packages.ts';
import { descriptorArgument, expectTool } from '../../tools/run-tool.ts';
import { runMaker, type MakerRequest } from './maker-tool.ts';
import { withSource } from './plan-copy.ts';
import type { ContentsPlan } from './wanted-image.ts';

export const unpackerOf: Readonly<Record<CompressionFormat, ToolName>> = {
  gzip: 'gzip',
  xz: 'xz',
  zstd: 'zstd',
  bzip2: 'bzip2',
  zip: 'unzip',
};

/** A warning of gzip, such as bytes behind the end, is no failure. */
const GOOD = { gzip: [0, 2], xz: [0], zstd: [0], bzip2: [0], zip: [0] } as const;

/** What macOS adds to archives, which is of no use here. */
const ADDED = '__MACOSX/';

export async function planUnpacking(path: Buffer, format: CompressionFormat, planning: AbortSignal): Promise<ContentsPlan> {
  expectTool(unpackerOf[format]);
  const leaveOut = format === 'zip' ? await withSource(path, async ({ fd }) => findLeftOut(fd, planning)) : [];
  return {
    steps: [],
    fill: async ({ file }, signal, report) =>
      withSource(path, async (source, { sizeBytes }) => {
        report({ bytesDone: 0n, bytesTotal: sizeBytes });
        const onRead = (bytes: bigint): void => report({ bytesDone: bytes > sizeBytes ? sizeBytes : bytes, bytesTotal: sizeBytes });
        await unpack({ format, source: source.fd, target: file.fd, leaveOut }, signal, onRead);
      }),
  };
}

interface Unpacking {
  readonly format: CompressionFormat;
  readonly source: number;
  readonly target: number;
  readonly leaveOut: readonly string[];
}

async function unpack(
  { format, source, target, leaveOut }: Unpacking,
  signal: AbortSignal,
  onRead: (bytes: bigint) => void,
): Promise<void> {
  const pair = createSocketPair();
  // One of the two ends when the other fails; what is wrong with the disk is told before what that did to the unpacking.
  const writing = runMaker({
    program: 'dd',
    signal,
    stdin: pair.theirs,
    stdout: target,
    args: ['bs=64K', 'iflag=fullblock', 'conv=sparse', 'status=none'],
  });
  const reading = runMaker({ ...unpackerRequest(format, source, leaveOut), signal, stdout: pair.ours }, { good: GOOD[format], onRead });
  closeSync(pair.ours);
  closeSync(pair.theirs);
  const [written, read] = await Promise.allSettled([writing, reading]);
  if (written.status === 'rejected') throw written.reason;
  if (read.status === 'rejected') throw read.reason;
}

function unpackerRequest(format: CompressionFormat, source: number, leaveOut: readonly string[]): MakerRequest {
  const program = unpackerOf[format];
  switch (format) {
    case 'zip':
      return { program, descriptors: [source], args: ['-p', '-qq', descriptorArgument(0), ...leaveOut] };
    case 'zstd':
      // Windows up to the largest there are; the memory limit holds for it as for all.
      return { program, stdin: source, args: ['-d', '-c', '-q', '--long=31'] };
    case 'gzip':
    case 'xz':
    case 'bzip2':
      return { program, stdin: source, args: ['-d', '-c'] };
  }
}

/** What has to be left out so that one file remains. Throws ARCHIVE_NOT_ONE_FILE. */
async function findLeftOut(source: number, signal: AbortSignal): Promise<readonly string[]> {
  const { stdout } = await runMaker({ program: 'unzip', signal, descriptors: [source], args: ['-Z1', descriptorArgument(0)] });
  const files = stdout.split('\n').filter((name) => name !== '' && !name.endsWith('/'));
  const others = files.filter((name) => name.startsWith(ADDED));
  if (files.length - others.length !== 1) throw new AppError('ARCHIVE_NOT_ONE_FILE', { details: files.slice(0, 20).join('\n') });
  return others.length === 0 ? [] : ['-x', `${ADDED}*`];
}
