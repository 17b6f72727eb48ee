/**
 * Every way in which a request to the helper can fail. Codes are the contract: programs branch on them and the window
 * has the words for each (renderer/text/). `message` is a fixed English sentence for logs; it never echoes input.
 */

/** Closed list of codes with the fixed sentence that goes with each. */
export const helperErrors = {
  PARSE_ERROR: 'The line is not valid JSON.',
  INVALID_REQUEST: 'The message is not a request of this protocol.',
  UNKNOWN_METHOD: 'There is no such method.',
  INVALID_PARAMETERS: 'The parameters do not fit the method.',
  TOO_MANY_REQUESTS: 'Too many requests are in flight.',
  NOT_READY: 'The session has not started with session/hello.',
  VERSION_MISMATCH: 'The program and its helper are of different versions.',
  SHUTTING_DOWN: 'The helper is ending.',
  CANCELLED: 'The request was cancelled.',
  INTERNAL: 'The helper met a fault of its own.',

  ROOT_REQUIRED: 'This needs the helper with administrator rights.',
  NOT_AUTHORIZED: 'The system did not allow this action.',
  AUTHORIZATION_DISMISSED: 'The question for authorization was dismissed.',
  AUTHORIZATION_UNAVAILABLE: 'Nobody could be asked for authorization.',
  AUTHORIZATION_BUSY: 'Another question for authorization is still open.',
  NOT_PERMITTED: 'This is not possible on a device of somebody else.',
  LIMIT_REACHED: 'The limit of loop devices or mounts for one user is reached.',

  NO_SUCH_DEVICE: 'There is no loop device with this number.',
  NOT_ATTACHED: 'The loop device has no backing file.',
  STALE_DEVICE: 'The loop device was attached anew since it was looked at.',
  DEVICE_BUSY: 'The loop device is in use.',
  DEVICE_MOUNTED: 'A file system on the loop device is mounted.',
  DEVICE_READ_ONLY: 'The loop device is read-only.',
  DEVICE_NOT_READ_ONLY: 'The loop device is not read-only.',
  DEVICE_TOO_SMALL: 'The backing file is shorter than what is in use on the device.',
  NOT_DEFERRED: 'The loop device is not waiting to be detached.',
  NO_FREE_DEVICE: 'No free loop device could be had.',

  IMAGE_NOT_SHARED: 'The file lies on a file system that root may not read.',
  IMAGE_NOT_ANSWERING: 'The file system of the file does not answer.',
  IMAGE_NOT_REGULAR: 'Only regular files and block devices can be attached.',
  IMAGE_WRITE_ONLY: 'The file is open for writing only.',
  IMAGE_DESCRIPTOR_REFUSED: 'The descriptor has flags that are not accepted.',
  IMAGE_PSEUDO_FILE: 'The file belongs to a pseudo file system.',
  IMAGE_TOO_SMALL: 'The file is smaller than one sector of 512 bytes.',
  IMAGE_SIZE_DIFFERS: 'The new backing file does not have the size of the old one.',
  IMAGE_OVERLAPS: 'The range of the file overlaps one that is attached already.',
  IMAGE_IS_THIS_DEVICE: 'The file is the loop device itself or leads back to it.',

  OFFSET_BEYOND_END: 'The offset is not inside the file.',
  OFFSET_UNALIGNED: 'The offset is not a multiple of the logical block size.',
  SIZE_LIMIT_BEYOND_END: 'Offset and size limit reach beyond the end of the file.',
  SIZE_LIMIT_UNALIGNED: 'The size limit is not a multiple of the logical block size.',
  BLOCK_SIZE_INVALID: 'The logical block size is not one the kernel takes.',
  PARTITION_INVALID: 'The partition does not fit.',
  NO_SUCH_PARTITION: 'There is no such partition.',
  PARTITION_SCAN_OFF: 'Partition scan is off for this device.',
  PARTITION_SCAN_PERMANENT: 'Partition scan cannot be switched off while attached.',
  DIRECT_IO_REFUSED: 'The kernel cannot use direct I/O for this file.',
  AUTOCLEAR_WOULD_DETACH: 'Nobody holds the loop device, so automatic detaching would detach it at once.',

  NODE_EXISTS: 'A loop device with this number exists already.',
  NODE_IN_USE: 'The loop device is attached or open.',

  FILE_SYSTEM_REFUSED: 'This type of file system is not mounted here.',
  FILE_SYSTEM_UNSUPPORTED: 'The kernel does not know this type of file system.',
  FILE_SYSTEM_FULL: 'The files do not fit into the size asked for.',
  FILE_SYSTEM_INVALID: 'The kernel could not read the file system.',
  NOT_MOUNTED: 'This is not mounted by this program.',
  MOUNT_BUSY: 'The mounted file system is in use.',
  MOUNT_TARGET_REFUSED: 'The folder for the mount could not be made safely.',

  PROCESS_GONE: 'The process has ended, or another one has its number.',
  PROCESS_NOT_HOLDER: 'The process does not use this device.',
  PROCESS_REFUSED: 'This process is never closed from here.',

  UNSUPPORTED_BY_KERNEL: 'This kernel does not offer this.',
  KERNEL_REFUSED: 'The kernel refused.',
} as const;

export type HelperErrorCode = keyof typeof helperErrors;

/** What crosses the wire for a failed request; `errno` is the positive number, `detail` is data for the code. */
export interface HelperErrorData {
  readonly code: HelperErrorCode;
  readonly message: string;
  readonly errno?: number;
  readonly detail?: HelperErrorDetail;
}

/** Facts that a message to a person needs. Never text from the request. */
export interface HelperErrorDetail {
  /** Loop device that is in the way (IMAGE_OVERLAPS, NODE_EXISTS). */
  readonly device?: number;
  /** Mount points that are in the way. */
  readonly mountPoints?: readonly string[];
  /** Programs of the caller that are in the way (MOUNT_BUSY); those of other users are not named. */
  readonly programs?: readonly ProgramInUse[];
  /** How many programs of other users are in the way. */
  readonly otherPrograms?: number;
  /** A limit in bytes that was not kept. */
  readonly limitBytes?: string;
  /** The call that failed, such as `LOOP_CONFIGURE`. */
  readonly call?: string;
}

/** A running program, by the name it gave itself: any text, for showing only. */
export interface ProgramInUse {
  readonly pid: number;
  readonly name: string;
}

/** Thrown inside the helper and rebuilt by the client; only the dispatcher turns it into a reply. */
export class HelperError extends Error {
  override readonly name = 'HelperError';
  readonly code: HelperErrorCode;
  readonly errno: number | undefined;
  readonly detail: HelperErrorDetail | undefined;

  constructor(
    code: HelperErrorCode,
    options: { errno?: number | undefined; detail?: HelperErrorDetail | undefined; cause?: unknown } = {},
  ) {
    super(helperErrors[code], options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.errno = options.errno;
    this.detail = options.detail;
  }

  /** The data form for the wire. */
  toData(): HelperErrorData {
    return {
      code: this.code,
      message: this.message,
      ...(this.errno === undefined ? {} : { errno: this.errno }),
      ...(this.detail === undefined ? {} : { detail: this.detail }),
    };
  }
}

/** True for a code of the closed list; own properties only. */
export function isHelperErrorCode(code: string): code is HelperErrorCode {
  return Object.hasOwn(helperErrors, code);
}
