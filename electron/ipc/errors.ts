/**
 * Every failure that can reach the window: the helper's codes and those of the main process. Errors cross as data;
 * the words a person reads are in renderer/text/.
 */
import type { RefusedResize } from './resize.ts';
import type { JobStep } from './state.ts';
import { helperErrors, type HelperErrorCode, type HelperErrorData } from '../../native-helper/protocol/errors.ts';
import type { ImageFormat } from './inspection.ts';

/** Codes that arise in the main process, with the fixed sentence for logs. */
export const mainErrors = {
  FILE_NOT_FOUND: 'There is no such file.',
  FILE_NOT_READABLE: 'The file may not be read.',
  FILE_NOT_WRITABLE: 'The file may not be written.',
  FILE_IS_FOLDER: 'This is a folder.',
  FILE_NOT_REGULAR: 'This is not a regular file.',
  FILE_REPLACED: 'The file of that name is not the one that is attached.',
  FILE_UNKNOWN: 'The window named a file that it was not given.',
  FOLDER_NOT_FOUND: 'There is no such folder.',
  FOLDER_NOT_READABLE: 'The folder cannot be read.',
  FOLDER_NOT_WRITABLE: 'The folder may not be written.',
  FILE_EXISTS: 'There is a file of that name already.',
  FILE_NAME_INVALID: 'No file can have that name.',
  IMAGE_ATTACHED: 'The image is attached.',
  FILE_CHANGED: 'The file was changed meanwhile.',
  FILE_IN_USE: 'Another program has the file open.',
  FILE_WORK_FAILED: 'The file could not be worked on.',
  COPY_DIFFERS: 'The files that were copied are not the same.',
  SPARSE_UNSUPPORTED: 'The file system cannot give back parts of a file.',
  CHECKSUM_INVALID: 'This is no MD5, SHA-256 or SHA-512 checksum.',
  CHECK_UNSUPPORTED: 'Nothing checks what is there.',
  REPAIR_REFUSED: 'This file system is not repaired here.',
  LOG_UNCLEAN: 'The file system has changes in its log that only mounting it can bring in.',
  UUID_INVALID: 'This is no identifier that the file system can have.',
  RELABEL_UNSUPPORTED: 'The label and identifier of what is there cannot be changed.',
  RELABEL_FAILED: 'The file system does not have the new label or identifier.',
  TRASH_UNSUPPORTED: 'There is no trash for this file.',
  NO_SPACE: 'There is not enough free space.',
  FILE_TOO_LARGE: 'The file system cannot hold a file of this size.',
  SIZE_NOT_LARGER: 'The new size is not larger than the present one.',
  SIZE_UNALIGNED: 'The new size is not a multiple of the logical block size.',
  GROWTH_HALF_DONE: 'The file is larger now, but the device did not take over the new size.',
  SYSTEM_REFUSED: 'The system refused.',
  UNDO_GONE: 'This can no longer be undone.',
  RUN_GONE: 'There is no such detach under way.',
  JOB_GONE: 'There is no such job.',
  NOT_IN_THIS_HOST: 'This host of the window cannot do that.',
  INVALID_CALL: 'The window sent a call that does not fit.',
  NO_IMAGE_NAMED: 'The text names no file.',
  PROBE_FAILED: 'What is in the image could not be found out.',
  IMAGE_NOT_RAW: 'The file has to be converted or unpacked before it can be attached.',
  TOOL_MISSING: 'A program of the system that this needs is not installed.',
  TOOL_TIMEOUT: 'A program of the system took too long and was stopped.',
  TOOL_FAILED: 'A program of the system failed.',
  NEW_IMAGE_INSIDE: 'The new image would lie inside the folder that it is made of.',
  RESERVE_UNSUPPORTED: 'The file system cannot reserve space.',
  LABEL_INVALID: 'The label is not one that the file system can have.',
  SIZE_INVALID: 'The size is not one that the image can have.',
  LAYOUT_INVALID: 'The partitions do not fit into the image.',
  NOT_CONVERTIBLE: 'This format cannot be converted to a raw image.',
  IMAGE_HAS_PARENTS: 'The image takes data from other files.',
  ARCHIVE_NOT_ONE_FILE: 'The archive does not hold exactly one file.',
  RESIZE_REFUSED: 'The image cannot be resized in this way.',
  RESIZE_PLAN_CHANGED: 'The image is not as it was when the plan was shown.',
  RESIZE_STOPPED: 'The resize stopped on the way.',
  RESIZE_NOT_PUT_BACK: 'The resize stopped, and what its last step did could not be put back.',
  RESIZED_NOT_ATTACHED: 'The image has its new size, but could not be attached again as it was.',
  RESIZE_RUNNING: 'The image is being resized, repaired or relabelled.',
  RESIZE_UNFINISHED: 'A resize of this image was stopped on the way.',
  NOTHING_UNFINISHED: 'No resize of this image was stopped on the way.',
  TABLE_UNREADABLE: 'The partition table cannot be changed.',
  FILE_SYSTEM_DAMAGED: 'The file system has errors that need a repair first.',
  UNDO_NOT_SAVED: 'What undoing needs could not be saved beside the image.',
  UNDO_UNUSABLE: 'What was saved for undoing cannot be used.',
  CONNECTION_LOST: 'The line between page and program broke.',

  ELEVATION_DISMISSED: 'The question for a password was dismissed.',
  ELEVATION_DENIED: 'The system did not allow the helper to start.',
  ELEVATION_NO_AGENT: 'No program could ask for the password.',
  ELEVATION_NO_PKEXEC: 'pkexec is not installed.',
  HELPER_NOT_INSTALLED: 'The helper is not installed.',
  HELPER_BROKEN: 'The helper ended before it was ready.',
  HELPER_VERSION: 'The helper is of another version than the program.',
  UDISKS_UNAVAILABLE: 'udisks2 does not answer.',
  HELPER_LOST: 'The helper ended while it was working.',
} as const;

export type MainErrorCode = keyof typeof mainErrors;
export type AppErrorCode = HelperErrorCode | MainErrorCode;

/**
 * A failure as data. `errno` is the positive number; `details` is raw text for the Details view only; `tool` is the program it is about
 * and the Debian package that has it.
 */
export interface AppErrorData extends Omit<HelperErrorData, 'code'> {
  readonly code: AppErrorCode;
  readonly details?: string;
  /** What the file is (IMAGE_NOT_RAW, NOT_CONVERTIBLE). */
  readonly format?: ImageFormat;
  readonly tool?: { readonly program: string; readonly package: string };
  /** Why a resize is refused (RESIZE_REFUSED). */
  readonly refusal?: RefusedResize;
  /** The step a resize stopped at, and what stopped it (RESIZE_STOPPED, RESIZE_NOT_PUT_BACK). */
  readonly stopped?: StoppedStep;
}

export interface StoppedStep {
  readonly step: JobStep;
  readonly number: number;
  readonly count: number;
  readonly cause: AppErrorCode;
}

/** What every call of the window resolves to; calls never reject for an expected failure. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: AppErrorData };

/** Thrown inside the main process; turned into a {@link Reply} at the door. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly data: AppErrorData;

  constructor(code: AppErrorCode, facts: Omit<AppErrorData, 'code' | 'message'> = {}, options?: ErrorOptions) {
    const message = Object.hasOwn(mainErrors, code) ? mainErrors[code as MainErrorCode] : helperErrors[code as HelperErrorCode];
    super(message, options);
    this.data = { ...facts, code, message };
  }
}
