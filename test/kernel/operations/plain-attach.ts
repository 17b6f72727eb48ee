/** Parameters of the plainest attach: the whole file, writable, nothing special. */
import * as v from 'valibot';
import { attachParams } from '../../../native-helper/protocol/devices.ts';

export const plainAttach = v.parse(attachParams, {
  readOnly: false,
  offsetBytes: '0',
  sizeLimitBytes: '0',
  logicalBlockSizeBytes: 0,
  partitionScan: false,
  autoclear: false,
  directIo: false,
  reference: null,
  device: null,
  whenAttached: 'refuse',
});
