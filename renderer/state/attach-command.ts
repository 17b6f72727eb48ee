/** The command lines that would attach a device as it is attached now. Pure. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { KernelText } from '../../native-helper/protocol/scalars.ts';
import type { Excuse } from './excuses.ts';
import { quoteBytes, quoteText } from './shell-quote.ts';

/** Platter's own mark is no name that anybody gave. */
const OWN_MARK = /^platter:/u;

export function commandExcuse(device: LoopDevice): Excuse | null {
  if (device.backingFile === null) return 'file-unknown';
  return device.backingFileState === 'deleted' ? 'file-deleted' : null;
}

/** losetup(8); needs root. Empty where the file has no name. */
export function losetupCommand(device: LoopDevice): string {
  const { readOnly, offsetBytes, sizeLimitBytes, logicalBlockSizeBytes, partitionScan, directIo } = device;
  const reference = givenReference(device);
  return command(device, [
    'losetup --find --show',
    readOnly && '--read-only',
    offsetBytes !== '0' && `--offset ${offsetBytes}`,
    sizeLimitBytes !== '0' && `--sizelimit ${sizeLimitBytes}`,
    logicalBlockSizeBytes !== 512 && `--sector-size ${logicalBlockSizeBytes}`,
    partitionScan && '--partscan',
    directIo && '--direct-io=on',
    reference !== null && `--loop-ref ${quoteText(reference)}`,
  ]);
}

/** platter(1). Empty where the file has no name. */
export function platterCommand(device: LoopDevice): string {
  const { readOnly, offsetBytes, sizeLimitBytes, logicalBlockSizeBytes, partitionScan, directIo } = device;
  const reference = givenReference(device);
  return command(device, [
    'platter attach',
    readOnly && '--read-only',
    offsetBytes !== '0' && `--offset ${offsetBytes}`,
    sizeLimitBytes !== '0' && `--size-limit ${sizeLimitBytes}`,
    logicalBlockSizeBytes !== 512 && `--block-size ${logicalBlockSizeBytes}`,
    partitionScan && '--partition-scan',
    directIo && '--direct-io',
    reference !== null && `--reference ${quoteText(reference)}`,
  ]);
}

function command(device: LoopDevice, words: readonly (string | false)[]): string {
  if (device.backingFile === null) return '';
  return [...words.filter((word) => word !== false), quoteBytes(bytesOf(device.backingFile))].join(' ');
}

function givenReference({ reference }: LoopDevice): string | null {
  return reference === null || reference.text === '' || reference.base64 !== null || OWN_MARK.test(reference.text) ? null : reference.text;
}

function bytesOf({ text, base64 }: KernelText): Uint8Array {
  return base64 === null ? new TextEncoder().encode(text) : Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0);
}
