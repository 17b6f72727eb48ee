/** What a host of the window can do besides showing the page; null where it cannot. */
import type { HostKind } from '../ipc/state.ts';

export interface Desktop {
  readonly kind: HostKind;
  /** Native file chooser; the absolute paths, none when it was dismissed. */
  readonly chooseImages: ((multiple: boolean) => Promise<readonly string[]>) | null;
  /** Native chooser of a folder; null when it was dismissed. */
  readonly chooseFolder: (() => Promise<string | null>) | null;
  /** Native dialog for a file that shall be made, beginning with an absolute path; null when it was dismissed. */
  readonly chooseNew: ((path: string) => Promise<string | null>) | null;
  /** Text of the clipboard that names files. Null: the page brings the text. */
  readonly readClipboard: (() => Promise<string>) | null;
  /** Shows the folder that holds a file or folder. */
  readonly showInFolder: ((path: string) => void) | null;
  /** Shows what is in a folder, in the file manager. */
  readonly openFolder: ((path: string) => Promise<void>) | null;
  /** The desktop's own trash. Null: Platter finds it itself. Throws what the desktop says. */
  readonly moveToTrash: ((path: string) => Promise<void>) | null;
  /** True where the page may walk through folders itself. */
  readonly listsFolders: boolean;
  readonly attention: Attention | null;
}

/** How a host tells of long work where the page cannot. */
export interface Attention {
  /** False while the person works in another window. */
  readonly isInFront: () => boolean;
  /** A notification of the desktop; a click on it brings the window to the front. */
  readonly notify: (title: string, text: string) => void;
  /**
   * Shows in the launcher what part of the work is done, 0 to 1, `unknown` where that cannot be said, and keeps the machine awake;
   * null when nothing runs any more.
   */
  readonly showWork: (part: number | 'unknown' | null) => void;
}
