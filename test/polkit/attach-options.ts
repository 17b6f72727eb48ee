/** Parameters of an ordinary attach. */
import { parse } from 'valibot';
import type { AttachParams } from '../../native-helper/protocol/devices.ts';
import { decimalString } from '../../native-helper/protocol/scalar-parsers.ts';

export const zero = parse(decimalString, '0');

export const attachOptions: AttachParams = {
  readOnly: true,
  offsetBytes: zero,
  sizeLimitBytes: zero,
  logicalBlockSizeBytes: 0,
  partitionScan: false,
  autoclear: false,
  directIo: false,
  reference: null,
  device: null,
  whenAttached: 'attach-again',
};
