/** Devices for unit tests of the main process. */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';

export function sampleDevice(fields: Partial<LoopDevice> = {}): LoopDevice {
  return {
    number: 3,
    diskseq: toDecimal(40),
    sizeBytes: toDecimal(1_048_576),
    readOnly: false,
    autoclear: false,
    partitionScan: false,
    directIo: false,
    offsetBytes: toDecimal(0),
    sizeLimitBytes: toDecimal(0),
    logicalBlockSizeBytes: 512,
    backingFile: { text: '/images/a.img', base64: null },
    backingFileState: 'named',
    identity: null,
    reference: null,
    ownership: 'own',
    attachment: null,
    partitions: [],
    mounts: [],
    usedAsSwap: false,
    holders: [],
    ...fields,
  };
}
