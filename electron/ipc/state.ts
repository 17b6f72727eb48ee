/** What the window shows: one snapshot with a revision, then changes with revisions; newest wins. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { Features } from '../../native-helper/protocol/session.ts';
import type { LibraryState, VerifyOutcome } from './library.ts';
import type { CheckOutcome } from './maintenance.ts';
import type { DetachRun } from './detaching.ts';
import type { AppErrorData } from './errors.ts';
import type { ImageFile } from './images.ts';
import type { OpenOutcome } from './opening.ts';

/** Which host shows the window; the browser host has no native file chooser and no clipboard of files. */
export type HostKind = 'electron' | 'browser';

/** The live list: `loading` before the first snapshot, `live`, or `lost` with the reason (the last list stays, dimmed). */
export type ListState = { readonly kind: 'loading' } | { readonly kind: 'live' } | { readonly kind: 'lost'; readonly error: AppErrorData };

/**
 * Whether actions that need root can be done now. `locked`: the first action (or Unlock) asks. `authorizing`: the system
 * asks the person. `failed`: the last try, with its reason; another try is the person's to make.
 */
export type ActionsState =
  | { readonly kind: 'locked' }
  | { readonly kind: 'authorizing' }
  /** `through`: udisks2 acts in place of a helper of ours, and knows attach, mount and detach only. */
  | { readonly kind: 'ready'; readonly through?: 'udisks' }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

/** Long work. Kept until dismissed once it has ended. */
export interface Job {
  readonly id: number;
  readonly title: JobTitle;
  readonly device: number | null;
  /** Id of the image file that it works on; null where that is none of the window's. */
  readonly image: string | null;
  readonly state: JobState;
  readonly cancellable: boolean;
  /** What is done one after another, in this order; empty for work of one step. */
  readonly steps: readonly JobStep[];
  /** Index in `steps` of the one that runs, or that ran last; 0 for work of one step. */
  readonly step: number;
  /** Of the present step. Null while unknown. */
  readonly bytesDone: string | null;
  readonly bytesTotal: string | null;
  /** Average of the last seconds; null in the first ones and where no bytes are counted. */
  readonly bytesPerSecond: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Null while it runs. */
  readonly endedAt: number | null;
  /** What came of it, for what can be done next; null where there is nothing to add to `state`. */
  readonly result: JobResult | null;
}
export type JobResult =
  | MadeImage
  /** What was found, which has little to do with how the work went. */
  | { readonly kind: 'check'; readonly outcome: CheckOutcome }
  | { readonly kind: 'verify'; readonly outcome: VerifyOutcome };
/** A file that the job made, and the device it was attached to then, if that was asked for. */
export interface MadeImage {
  readonly kind: 'image';
  readonly image: ImageFile;
  readonly device: number | null;
}
export type JobState =
  | { readonly kind: 'running' }
  | { readonly kind: 'done' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: AppErrorData };
/** What a job is about; the words are the renderer's. */
export interface JobTitle {
  readonly kind:
    | 'attach'
    | 'create'
    | 'copy'
    | 'convert'
    | 'unpack'
    | 'export'
    | 'hash'
    | 'check'
    | 'repair'
    | 'relabel'
    | 'sparsify'
    | 'resize'
    | 'detach';
  readonly fileName: string;
}
/** One step of a job; the words are the renderer's. */
export type JobStep =
  | 'reserve-space'
  | 'read'
  | 'write'
  | 'convert'
  | 'unpack'
  | 'pack'
  | 'hash'
  | 'make-table'
  | 'make-file-system'
  | 'copy-files'
  | 'compare-files'
  | 'check'
  | 'repair'
  | 'relabel'
  | 'punch-holes'
  | 'trim'
  | 'save-undo'
  | 'resize-file'
  | 'resize-device'
  | 'resize-table'
  | 'resize-partition'
  | 'resize-file-system'
  | 'mount'
  | 'unmount'
  | 'detach'
  | 'attach'
  | 'verify';

/** A detach that can be taken back until `until` (milliseconds since the epoch). */
export interface UndoOffer {
  readonly id: number;
  readonly fileName: string;
  readonly until: number;
}

/** Something that happened without a call of the window: files named on the command line or by a second start. */
export interface Notice {
  readonly id: number;
  readonly image: ImageFile;
  readonly outcome: OpenOutcome | { readonly kind: 'failed'; readonly error: AppErrorData };
}

export interface Settings {
  readonly attachReadOnly: boolean;
  readonly partitionScan: boolean;
  readonly showSystemDevices: boolean;
  readonly colourScheme: 'system' | 'light' | 'dark';
  /** Mount what is mountable when an image is attached or opened. */
  readonly mountFileSystems: boolean;
  /** Show the largest file system of an opened image in the file manager. */
  readonly openFolder: boolean;
  /** Which program opens disk images, as the person decided. Absent: never asked. */
  readonly defaultProgram?: 'platter' | 'other';
}

/** How the program is installed, and what became of that meanwhile. */
export interface Installation {
  /** Platter can be made the program that opens disk images. */
  readonly canBeDefault: boolean;
  /** Installed under this window since it was opened. */
  readonly otherVersion: string | null;
}

export interface AppState {
  readonly revision: number;
  readonly host: HostKind;
  /** Whether mounts/open-folder can show a folder here. Absent: in the electron host only. */
  readonly opensFolders?: boolean;
  readonly version: string;
  readonly list: ListState;
  readonly actions: ActionsState;
  readonly features: Features | null;
  readonly devices: readonly LoopDevice[];
  readonly unboundNumbers: readonly number[];
  readonly jobs: readonly Job[];
  readonly undoOffers: readonly UndoOffer[];
  /** Devices that are waited for, to detach them. */
  readonly detachRuns: readonly DetachRun[];
  readonly notices: readonly Notice[];
  /** How often a new image was asked for from outside of the window (`--new-image`). Absent: never. */
  readonly newImageWishes?: number;
  /** The same of an image to attach (`--attach-image`). */
  readonly attachWishes?: number;
  /** Absent: a checkout or a browser. */
  readonly installation?: Installation;
  readonly settings: Settings;
  readonly library: LibraryState;
}

/** A difference to the revision before: whole new values of the fields named, devices one by one. */
export interface StateChange extends Partial<Omit<AppState, 'revision' | 'devices' | 'host' | 'version'>> {
  readonly revision: number;
  readonly devices?: { readonly changed: readonly LoopDevice[]; readonly removed: readonly number[] };
}
