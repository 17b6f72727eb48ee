/** Another program that moves the offset of a loop device, which no tool of the system does (loop(4), LOOP_SET_STATUS64): NUMBER BYTES. As root. */
import { openLoopDevice } from '../../../native-helper/linux/block-device.ts';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { loopGetStatus64, loopSetStatus64 } from '../../../native-helper/linux/loop-device.ts';

const [number = '', bytes = ''] = process.argv.slice(2);
const fd = openLoopDevice(Number(number), 'write');
try {
  await loopSetStatus64(fd, { ...loopGetStatus64(fd), offsetBytes: BigInt(bytes) });
} finally {
  closeDescriptor(fd);
}
