/** The words of the command line for every failure: what happened, and what to do next. English, one sentence each. */
import { getSystemErrorMap } from 'node:util';
import type { ImageFormat } from '../ipc/inspection.ts';
import type { AppErrorCode, AppErrorData } from '../ipc/errors.ts';
import { explainedFormats } from './inspection-text.ts';
import { refusalText } from './resize-refusals.ts';
import { formatSize } from './sizes.ts';

interface Words {
  readonly says: string;
  readonly next: string | null;
  /** What did change; absent: nothing did. */
  readonly changed?: string;
}

const report = 'Run the command again; if it fails again, please report it.';
const install = 'Install Platter from its package, or run the command as root.';
const choose = 'Choose other values; platter show DEVICE lists the present ones.';

const sessionWords = {
  PARSE_ERROR: { says: 'The helper did not understand the request.', next: report },
  INVALID_REQUEST: { says: 'The helper did not understand the request.', next: report },
  UNKNOWN_METHOD: { says: 'The helper does not know this action.', next: 'Check that program and helper are of one version.' },
  INVALID_PARAMETERS: { says: 'A value is outside what the helper takes.', next: choose },
  TOO_MANY_REQUESTS: { says: 'Too many actions at once.', next: 'Run the command again in a moment.' },
  NOT_READY: { says: 'The helper was not ready.', next: report },
  VERSION_MISMATCH: { says: 'The program and its helper are of different versions.', next: 'Reinstall the package.' },
  SHUTTING_DOWN: { says: 'The helper is ending.', next: 'Run the command again.' },
  CANCELLED: { says: 'The action was cancelled.', next: null },
  INTERNAL: {
    says: 'The helper met a fault of its own.',
    next: report,
    changed: 'It is not certain whether something changed: see platter list.',
  },
  ROOT_REQUIRED: { says: 'This needs administrator rights.', next: 'Run the command as root, or with the package installed.' },
  NOT_AUTHORIZED: { says: 'The system did not allow this action.', next: 'Ask an administrator of this machine.' },
  AUTHORIZATION_DISMISSED: { says: 'The question for a password was dismissed.', next: 'Run the command again and answer it.' },
  AUTHORIZATION_UNAVAILABLE: {
    says: 'Nobody could be asked for authorization.',
    next: 'Run the command from a terminal with polkit installed, or as root.',
  },
  AUTHORIZATION_BUSY: { says: 'Another question for a password is still open.', next: 'Answer that one first.' },
  NOT_PERMITTED: { says: 'This is not possible on a device of somebody else.', next: 'Ask its owner, or run the command as root.' },
  LIMIT_REACHED: { says: 'You have as many loop devices or mounts as one user may have.', next: 'Detach some of them first.' },
} as const;

const deviceWords = {
  NO_SUCH_DEVICE: { says: 'There is no such loop device.', next: 'platter list shows those that are attached.' },
  NOT_ATTACHED: { says: 'The loop device has no file attached.', next: 'platter list shows those that have.' },
  STALE_DEVICE: { says: 'The device was attached anew in the meantime.', next: 'Look at platter list and run the command again.' },
  DEVICE_BUSY: {
    says: 'A program uses the device.',
    next: 'Close the program (platter holders DEVICE says which), or detach with --wait, --close-programs or --when-free.',
  },
  DEVICE_MOUNTED: { says: 'A file system on the device is mounted.', next: 'Unmount it first, or detach with --wait or --when-free.' },
  DEVICE_READ_ONLY: { says: 'The device is read-only.', next: 'Detach it and attach the file without --read-only.' },
  DEVICE_NOT_READ_ONLY: { says: 'The device is writable; this works on read-only ones.', next: 'Attach the file with --read-only.' },
  DEVICE_TOO_SMALL: { says: 'The file is shorter than what is in use on the device.', next: 'Unmount the device or restore the file.' },
  NOT_DEFERRED: { says: 'The device is not waiting to be detached.', next: null },
  AUTOCLEAR_WOULD_DETACH: {
    says: 'Nobody uses the device, so automatic detaching would detach it at once.',
    next: 'Mount it first, or detach it.',
  },
  NO_FREE_DEVICE: { says: 'No free loop device could be had.', next: 'Run the command again, or platter nodes add.' },
  PARTITION_INVALID: { says: 'The partition does not fit into the device or overlaps another.', next: choose },
  NO_SUCH_PARTITION: { says: 'There is no such partition.', next: 'platter show DEVICE lists them.' },
  PARTITION_SCAN_OFF: { says: 'Partition scan is off for this device.', next: 'platter set DEVICE --partition-scan' },
  PARTITION_SCAN_PERMANENT: { says: 'Partition scan cannot be switched off while attached.', next: 'Detach and attach the file again.' },
  DIRECT_IO_REFUSED: { says: 'The kernel cannot use direct I/O for this file.', next: 'Leave it off; everything works without.' },
  NODE_EXISTS: { says: 'A loop device with this number exists already.', next: 'Choose another number, or none.' },
  NODE_IN_USE: { says: 'The loop device is attached or open.', next: 'Detach it first.' },
  PROCESS_GONE: { says: 'The program has ended already.', next: null },
  PROCESS_NOT_HOLDER: { says: 'The program does not use the device any more.', next: null },
  PROCESS_REFUSED: { says: 'This process is never closed from here.', next: 'End what started it, or shut the machine down.' },
  UNSUPPORTED_BY_KERNEL: { says: 'This kernel does not offer this.', next: null },
  KERNEL_REFUSED: { says: 'The kernel refused.', next: null },
} as const;

const imageWords = {
  IMAGE_NOT_SHARED: {
    says: 'The file lies on a file system that root may not read.',
    next: 'Copy it to another file system, or mount that one with allow_root.',
  },
  IMAGE_NOT_ANSWERING: {
    says: 'The file lies on a file system that does not answer.',
    next: 'Look whether the network or the program behind it is there, or copy the file to another file system.',
  },
  IMAGE_NOT_REGULAR: { says: 'Only regular files and block devices can be attached.', next: null },
  IMAGE_WRITE_ONLY: { says: 'The file may be written but not read.', next: 'Give yourself the right to read it.' },
  IMAGE_DESCRIPTOR_REFUSED: { says: 'The file was opened in a way that is not accepted.', next: report },
  IMAGE_PSEUDO_FILE: { says: 'The file belongs to a pseudo file system and has no content on a disk.', next: null },
  IMAGE_TOO_SMALL: { says: 'The file is smaller than one sector of 512 bytes.', next: 'Make it larger: truncate -s SIZE FILE' },
  IMAGE_SIZE_DIFFERS: { says: 'The new file does not have the size of the old one.', next: 'Make both the same size.' },
  IMAGE_OVERLAPS: {
    says: 'The same part of the file is attached already, and two writable attachments would destroy its content.',
    next: 'Use the device that is there, attach both with --read-only --again, or choose another part of the file.',
  },
  IMAGE_IS_THIS_DEVICE: { says: 'The file is the loop device itself or leads back to it.', next: null },
  OFFSET_BEYOND_END: { says: 'The offset is not inside the file.', next: choose },
  OFFSET_UNALIGNED: { says: 'The offset is not a multiple of the logical block size.', next: choose },
  SIZE_LIMIT_BEYOND_END: { says: 'Offset and size limit reach beyond the end of the file.', next: choose },
  SIZE_LIMIT_UNALIGNED: { says: 'The size limit is not a multiple of the logical block size.', next: choose },
  BLOCK_SIZE_INVALID: { says: 'The kernel does not take this logical block size.', next: 'Use a power of two from 512 to 4096.' },
  FILE_SYSTEM_REFUSED: { says: 'This type of file system is not mounted here.', next: null },
  FILE_SYSTEM_UNSUPPORTED: { says: 'The kernel does not know this type of file system.', next: null },
  FILE_SYSTEM_FULL: { says: 'The files do not fit into that size.', next: 'Choose a larger size.' },
  FILE_SYSTEM_INVALID: { says: 'The kernel could not read the file system.', next: 'platter check FILE says what is damaged.' },
  NOT_MOUNTED: { says: 'Nothing of this is mounted by Platter.', next: 'What others mounted is unmounted with umount.' },
  MOUNT_BUSY: { says: 'The mounted file system is in use.', next: 'Close the programs that use it, or unmount with --lazy.' },
  MOUNT_TARGET_REFUSED: { says: 'The folder for the mount could not be made safely.', next: null },
} as const;

const mainWords = {
  FILE_NOT_FOUND: { says: 'There is no such file.', next: null },
  FILE_NOT_READABLE: { says: 'You may not read the file.', next: 'Give yourself the right to read it.' },
  FILE_NOT_WRITABLE: { says: 'You may not write the file.', next: 'Give yourself the right to write it.' },
  FILE_IS_FOLDER: { says: 'This is a folder.', next: 'Name an image file.' },
  FILE_NOT_REGULAR: { says: 'This is neither a regular file nor a block device.', next: 'Name an image file.' },
  FILE_REPLACED: { says: 'The file of that name is not the one that is attached.', next: null },
  FILE_UNKNOWN: { says: 'The file is not known.', next: report },
  FOLDER_NOT_FOUND: { says: 'There is no such folder.', next: 'Make it, or name another one.' },
  FOLDER_NOT_READABLE: { says: 'The folder cannot be read.', next: null },
  FOLDER_NOT_WRITABLE: { says: 'You may not change the folder.', next: 'Give yourself the right to write it.' },
  FILE_EXISTS: { says: 'There is a file of that name already.', next: 'Choose another name.' },
  FILE_NAME_INVALID: { says: 'No file can have that name.', next: 'Use at most 255 bytes without a slash.' },
  IMAGE_ATTACHED: { says: 'The image is attached.', next: 'Detach it first.' },
  FILE_CHANGED: { says: 'The file was written to while it was read.', next: 'Run the command again when nobody writes to it.' },
  FILE_IN_USE: { says: 'Another program has the file open.', next: 'End that program first.' },
  FILE_WORK_FAILED: { says: 'The file could not be worked on.', next: 'The details name the reason.' },
  SPARSE_UNSUPPORTED: {
    says: 'The file system that holds the file cannot give back parts of it.',
    next: 'Move the file to ext4, XFS, Btrfs or tmpfs.',
  },
  CHECKSUM_INVALID: { says: 'This is no MD5, SHA-256 or SHA-512 checksum.', next: 'Give 32, 64 or 128 hexadecimal digits.' },
  CHECK_UNSUPPORTED: {
    says: 'There is no check for what is there.',
    next: 'platter inspect FILE says what is in it; choose a partition with --partition.',
  },
  REPAIR_REFUSED: { says: 'This file system is not repaired here.', next: 'platter check FILE says why.' },
  LOG_UNCLEAN: {
    says: 'The file system was not unmounted, and only mounting it can bring in what its log holds.',
    next: 'platter mount FILE, platter unmount FILE, then run the command again.',
  },
  UUID_INVALID: {
    says: 'This is no identifier that the file system can have.',
    next: 'Use --uuid random, or the form that platter inspect shows.',
  },
  RELABEL_UNSUPPORTED: { says: 'The label and identifier of what is there cannot be changed.', next: null },
  RELABEL_FAILED: {
    says: 'The program ended well, but the file system does not have the new label or identifier.',
    next: 'platter check FILE',
    changed: 'See platter inspect FILE.',
  },
  TRASH_UNSUPPORTED: {
    says: 'There is no trash on the disk of this file.',
    next: 'Delete it with rm, or move it to your home folder first.',
  },
  NO_SPACE: { says: 'There is not enough free space.', next: 'Free some and run the command again.' },
  FILE_TOO_LARGE: { says: 'The file system cannot hold a file of this size.', next: null },
  SIZE_NOT_LARGER: { says: 'The new size is not larger than the present one.', next: choose },
  SIZE_UNALIGNED: { says: 'The new size is not a multiple of the logical block size.', next: choose },
  GROWTH_HALF_DONE: {
    says: 'The device did not take over the new size of its file.',
    next: 'platter capacity DEVICE',
    changed: 'The file is larger now.',
  },
  SYSTEM_REFUSED: { says: 'The system refused.', next: null },
  UNDO_GONE: { says: 'This can no longer be undone.', next: null },
  RUN_GONE: { says: 'Nothing waits to be detached there.', next: null },
  JOB_GONE: { says: 'There is no such job.', next: null },
  NOT_IN_THIS_HOST: { says: 'This cannot be done here.', next: null },
  INVALID_CALL: { says: 'The request does not fit.', next: report },
  RESIZE_REFUSED: { says: 'The image cannot be resized in this way.', next: 'platter resize IMAGE --dry-run shows what can be done.' },
  RESIZE_PLAN_CHANGED: { says: 'The image is not as it was when the plan was made.', next: 'Run the command again.' },
  RESIZE_STOPPED: {
    says: 'The resize stopped on the way.',
    next: 'platter resize IMAGE --continue, or --undo to put the size back.',
    changed: 'The steps before it are done; what this step did was put back, and the image can be used.',
  },
  RESIZE_NOT_PUT_BACK: {
    says: 'The resize stopped on the way.',
    next: 'platter resize IMAGE --undo, before the image is used.',
    changed: 'The image is between two sizes: what the last step did could not be put back.',
  },
  RESIZED_NOT_ATTACHED: {
    says: 'The image could not be attached or mounted again as it was.',
    next: 'Attach it yourself.',
    changed: 'The image has its new size.',
  },
  COPY_DIFFERS: {
    says: 'Files in the new image differ from those in the old one.',
    next: 'Check the old image for errors, and run the command again.',
    changed: 'No new image was made; the old one is as it was.',
  },
  RESIZE_RUNNING: { says: 'The image is being resized, repaired or relabelled.', next: 'Wait until that has ended.' },
  RESIZE_UNFINISHED: {
    says: 'A resize of this image was stopped on the way.',
    next: 'platter resize IMAGE --continue, --undo to put the size back, or --forget if the image was replaced.',
  },
  NOTHING_UNFINISHED: { says: 'No resize of this image was stopped on the way.', next: null },
  TABLE_UNREADABLE: { says: 'The partition table cannot be changed.', next: 'Check it with sfdisk --verify.' },
  FILE_SYSTEM_DAMAGED: {
    says: 'The file system has errors that need a repair first.',
    next: 'Check and repair it, then run the command again.',
  },
  UNDO_NOT_SAVED: {
    says: 'What undoing needs could not be saved beside the image.',
    next: 'Make room there, or move the image if no resize of it was begun.',
  },
  UNDO_UNUSABLE: {
    says: 'What was saved for undoing is damaged, or the image was replaced or changed since.',
    next: 'If the image is as it should be, platter resize IMAGE --forget leaves it so.',
  },
  CONNECTION_LOST: { says: 'The connection was lost.', next: 'Run the command again.' },
  PROBE_FAILED: { says: 'What is in the image could not be found out.', next: 'Look whether the image is damaged.' },
  IMAGE_NOT_RAW: {
    says: 'The file is no raw image and has to be converted or unpacked first.',
    next: 'platter inspect FILE tells what it is; platter convert makes a raw image of it.',
  },
  TOOL_MISSING: { says: 'A program that this needs is not installed.', next: 'Install the package named above and run the command again.' },
  TOOL_TIMEOUT: { says: 'A program of the system took too long and was stopped.', next: 'Run the command again.' },
  TOOL_FAILED: { says: 'A program of the system failed.', next: 'The details are what it said.' },
  NEW_IMAGE_INSIDE: { says: 'The new image would lie inside the folder that it is made of.', next: 'Choose another folder for it.' },
  RESERVE_UNSUPPORTED: { says: 'The file system cannot reserve space.', next: 'Leave out --reserve.' },
  LABEL_INVALID: {
    says: 'The label is too long for the file system, or has characters that it cannot hold.',
    next: 'Choose another label.',
  },
  SIZE_INVALID: { says: 'The size is too small, too large, or no multiple of 512.', next: 'Choose another size.' },
  LAYOUT_INVALID: { says: 'The partitions do not fit into the image.', next: 'Make them smaller, or the image larger.' },
  NOT_CONVERTIBLE: {
    says: 'This format cannot be converted in this way.',
    next: 'platter inspect FILE says what it is; a container becomes a raw image first.',
  },
  IMAGE_HAS_PARENTS: {
    says: 'The image takes data from other files that it names.',
    next: 'If you trust them, run the command again with --with-other-files.',
  },
  ARCHIVE_NOT_ONE_FILE: { says: 'The archive does not hold exactly one file.', next: 'Unpack it with an archive program.' },
  NO_IMAGE_NAMED: { says: 'No file is named.', next: null },
  ELEVATION_DISMISSED: { says: 'The question for a password was dismissed.', next: 'Run the command again and answer it.' },
  ELEVATION_DENIED: { says: 'The system did not allow the helper to start.', next: 'Ask an administrator of this machine.' },
  ELEVATION_NO_AGENT: {
    says: 'No program could ask for the password.',
    next: 'Run the command from a terminal with pkttyagent installed, or as root.',
  },
  ELEVATION_NO_PKEXEC: { says: 'pkexec is not installed.', next: 'Install polkit, or run the command as root.' },
  UDISKS_UNAVAILABLE: { says: 'The service udisks2 does not answer.', next: 'Install udisks2, or the package of Platter.' },
  HELPER_NOT_INSTALLED: { says: 'The helper is not installed.', next: install },
  HELPER_BROKEN: { says: 'The helper ended before it was ready.', next: report },
  HELPER_VERSION: { says: 'The helper is of another version than the program.', next: 'Reinstall the package.' },
  HELPER_LOST: {
    says: 'The helper ended while it was working.',
    next: 'Look at platter list before you run the command again.',
    changed: 'It is not certain whether something changed.',
  },
} as const;

const words: Readonly<Record<AppErrorCode, Words>> = { ...sessionWords, ...deviceWords, ...imageWords, ...mainWords };

/** What a failure means, as printed on stderr and, with --json, as fields of the error object. */
export interface FailureText {
  readonly says: string;
  readonly changed: string;
  readonly next: string | null;
}

/** `EBUSY (resource busy or locked)`; the number where it has no name. */
function errnoText(errno: number): string {
  const entry = getSystemErrorMap().get(-errno);
  return entry === undefined ? `errno ${errno}` : `${entry[0]} (${entry[1]})`;
}

function formatName(format: ImageFormat): string {
  return format.kind === 'compressed' ? `compressed with ${format.name}` : format.kind === 'raw' ? 'raw' : format.name;
}

function limitFact(code: AppErrorCode, bytes: bigint): string {
  const size = bytes < 1024n ? `${bytes} bytes` : `${formatSize(bytes)} (${bytes} bytes)`;
  return code === 'NO_SPACE' ? `${size} free` : `the limit is ${size}`;
}

/** The words for a failure with the facts it carries. */
export function describeFailure(error: AppErrorData): FailureText {
  const { says, next, changed } = words[error.code];
  const facts: string[] = [];
  if (error.format !== undefined && error.format.kind !== 'raw') facts.push(formatName(error.format));
  if (error.tool !== undefined) facts.push(`${error.tool.program} (package ${error.tool.package})`);
  if (error.detail?.device !== undefined) facts.push(`/dev/loop${error.detail.device}`);
  if (error.detail?.mountPoints !== undefined && error.detail.mountPoints.length > 0) facts.push(error.detail.mountPoints.join(', '));
  if (error.detail?.programs !== undefined) facts.push(...error.detail.programs.map(({ name, pid }) => `${name} (process ${pid})`));
  const others = error.detail?.otherPrograms;
  if (others !== undefined) facts.push(`${others} ${others === 1 ? 'program' : 'programs'} of other users`);
  const limit = error.code === 'IMAGE_TOO_SMALL' ? undefined : error.detail?.limitBytes;
  if (limit !== undefined) facts.push(limitFact(error.code, BigInt(limit)));
  if (error.detail?.call !== undefined) facts.push(error.detail.call);
  if (error.errno !== undefined && !error.code.startsWith('FILE_')) facts.push(errnoText(error.errno));
  if (error.refusal !== undefined) return { says: refusalText(error.refusal), changed: changed ?? 'Nothing was changed.', next };
  const told = facts.length === 0 ? says : `${says.slice(0, -1)}: ${facts.join('; ')}.`;
  const other = error.format?.kind === 'explained' ? `It is ${explainedFormats[error.format.name]}.` : null;
  return { says: told, changed: changed ?? 'Nothing was changed.', next: other ?? next };
}

/** For who runs the checkout. */
export function oldNode(oldest: number, own: string): string {
  return `platter: Node.js ${oldest} or newer is needed, and this is ${own}.\n  The checkout has one: node_modules/.bin/node dist/cli/platter.js\n`;
}
