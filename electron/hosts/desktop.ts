/** What a host of the window can do besides showing the page; null where it cannot. */
import type { HostKind } from '../ipc/state.ts';

export interface Desktop {
  readonly kind: HostKind;
  /** Native file chooser; the absolute paths, none when it was dismissed. */
  readonly chooseImages: ((multiple: boolean) => Promise<readonly string[]>) | null;
  /** Native chooser of a folder; null when it was dismissed. */
  readonly chooseFolder: (() => Promise<string | null>) | null;
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
}
