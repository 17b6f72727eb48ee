/** Copies a file or device into a new file, zeroes as holes, with cp(1). Main process and command line. */
import type { FileHandle } from 'node:fs/promises';
import { descriptorArgument } from '../../tools/run-tool.ts';
import { runMaker } from './maker-tool.ts';
import { writtenOut } from './write-out.ts';

/** On a file system that can share blocks nothing is copied at all. */
export async function copyImage(file: FileHandle, source: FileHandle, signal: AbortSignal, onRead: (bytes: bigint) => void): Promise<void> {
  const args = ['--sparse=always', '--reflink=auto', '--', descriptorArgument(0), descriptorArgument(1)];
  await writtenOut(file, async () => runMaker({ program: 'cp', signal, descriptors: [source.fd, file.fd], args }, { onRead }));
}
