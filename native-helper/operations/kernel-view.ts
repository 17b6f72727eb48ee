/** devices/kernel-view: both status structures as the kernel fills them, for people who want to know. Runs as root. */
import { loopGetStatus } from '../linux/loop-device.ts';
import type { LoopStatus, LoopStatus64 } from '../linux/loop-structures.ts';
import { isErrno, SyscallError } from '../linux/syscall-error.ts';
import type { DeviceTarget, KernelView, StatusField } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { toTarget, withTarget, type SlowDevices } from './device-access.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Fields of struct loop_info64 in the order and by the names of linux/loop.h. */
export function fieldsOfStatus64(status: LoopStatus64): readonly StatusField[] {
  return [
    ['lo_device', status.device],
    ['lo_inode', status.inode],
    ['lo_rdevice', status.rdevice],
    ['lo_offset', status.offsetBytes],
    ['lo_sizelimit', status.sizeLimitBytes],
    ['lo_number', status.number],
    ['lo_encrypt_type', status.encryptType],
    ['lo_encrypt_key_size', status.encryptKeySize],
    ['lo_flags', status.flags],
    ['lo_file_name', hex(status.fileName)],
    ['lo_crypt_name', hex(status.cryptName)],
    ['lo_encrypt_key', hex(status.encryptKey)],
    ['lo_init[0]', status.init[0]],
    ['lo_init[1]', status.init[1]],
  ].map(([name, value]) => ({ name: String(name), value: String(value) }));
}

/** Fields of struct loop_info. */
export function fieldsOfStatus(status: LoopStatus): readonly StatusField[] {
  return [
    ['lo_number', status.number],
    ['lo_device', status.device],
    ['lo_inode', status.inode],
    ['lo_rdevice', status.rdevice],
    ['lo_offset', status.offsetBytes],
    ['lo_encrypt_type', status.encryptType],
    ['lo_encrypt_key_size', status.encryptKeySize],
    ['lo_flags', status.flags],
    ['lo_name', hex(status.name)],
    ['lo_encrypt_key', hex(status.encryptKey)],
    ['lo_init[0]', status.init[0]],
    ['lo_init[1]', status.init[1]],
    ['reserved', hex(status.reserved)],
  ].map(([name, value]) => ({ name: String(name), value: String(value) }));
}

/** LOOP_GET_STATUS fails with EOVERFLOW where the old structure is too narrow: that is part of the view, not an error. */
async function fieldsOrErrno(read: () => Promise<readonly StatusField[]>): Promise<readonly StatusField[] | { readonly errno: number }> {
  try {
    return await read();
  } catch (error) {
    // Gone since it was opened: then there is nothing to view.
    if (isErrno(error, 'ENXIO')) throw new HelperError('NOT_ATTACHED', { errno: error.errno, cause: error });
    if (error instanceof SyscallError) return { errno: error.errno };
    throw error;
  }
}

/** Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE, IMAGE_NOT_ANSWERING. */
export async function viewKernel(devices: SlowDevices, params: DeviceTarget): Promise<KernelView> {
  return withTarget(devices, toTarget(params), {}, async ({ fd, status }) => ({
    status64: fieldsOfStatus64(status),
    status: await fieldsOrErrno(async () => fieldsOfStatus(await loopGetStatus(fd))),
  }));
}
