/**
 * Runs ioctls on descriptors of ours in a process of user 65534 without capabilities, and prints the errno names: started by
 * loop-settings.test.ts, which gives it the device as descriptor 3 and its number as argument.
 */
import { setgid, setgroups, setuid } from 'node:process';
import { getDiskseq, rereadPartitions } from '../../../native-helper/linux/block-device.ts';
import {
  loopClearFd,
  loopGetStatus64,
  loopSetBlockSize,
  loopSetCapacity,
  loopSetDirectIo,
  loopSetStatus,
  loopSetStatus64,
  loopGetStatus,
} from '../../../native-helper/linux/loop-device.ts';
import { detectFeatures } from '../../../native-helper/linux/features.ts';
import { scanLoopDevice } from '../../../native-helper/linux/loop-scan.ts';
import { readLoopAttributes } from '../../../native-helper/linux/sysfs.ts';
import { openUeventSocket } from '../../../native-helper/linux/uevents.ts';
import { SyscallError } from '../../../native-helper/linux/syscall-error.ts';

const DEVICE_FD = 3;

setgroups?.([]);
setgid?.(65_534);
setuid?.(65_534);

async function attempt(run: () => unknown): Promise<string> {
  try {
    await run();
    return 'success';
  } catch (error) {
    return error instanceof SyscallError ? error.errnoName : String(error);
  }
}

const outcomes = {
  LOOP_SET_STATUS64: await attempt(() => loopSetStatus64(DEVICE_FD, loopGetStatus64(DEVICE_FD))),
  LOOP_SET_STATUS: await attempt(async () => loopSetStatus(DEVICE_FD, await loopGetStatus(DEVICE_FD))),
  LOOP_SET_CAPACITY: await attempt(() => loopSetCapacity(DEVICE_FD)),
  LOOP_SET_DIRECT_IO: await attempt(() => loopSetDirectIo(DEVICE_FD, false)),
  LOOP_SET_BLOCK_SIZE: await attempt(() => loopSetBlockSize(DEVICE_FD, 512)),
  BLKRRPART: await attempt(() => rereadPartitions(DEVICE_FD)),
  LOOP_GET_STATUS64: await attempt(() => loopGetStatus64(DEVICE_FD)),
  BLKGETDISKSEQ: await attempt(() => getDiskseq(DEVICE_FD)),
  readLoopAttributes: String(readLoopAttributes(Number(process.argv[2]))?.sizeBytes),
  scanLoopDevice: await attempt(() => scanLoopDevice(Number(process.argv[2]))),
  openUeventSocket: await attempt(() => openUeventSocket()),
  detectFeatures: String(detectFeatures().loopConfigure),
  LOOP_CLR_FD: await attempt(() => loopClearFd(DEVICE_FD)),
};
process.stdout.write(JSON.stringify(outcomes));
