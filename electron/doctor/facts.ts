/** What `platter doctor` looks at, as plain data; {@link diagnose} makes findings of it. Main process and command line. */
import type { HelloResult, Features } from '../../native-helper/protocol/session.ts';

/** A helper that was started without rights, or the reason why none could be. */
export type HelperFact =
  | { readonly kind: 'answered'; readonly hello: HelloResult; readonly features: Features }
  | { readonly kind: 'failed'; readonly reason: string; readonly details: string };

/** Where this program runs from: a package, an AppImage, a checkout; or the helper is nowhere. */
export type Installation = 'package' | 'appimage' | 'checkout' | 'none';

export interface FileFact {
  readonly path: string;
  readonly uid: number;
  /** Permission bits, with set-user-ID. */
  readonly mode: number;
}

export interface DoctorFacts {
  readonly version: string;
  /** Of /usr/lib/platter; null where no package is installed. */
  readonly versionOnDisk: string | null;
  readonly uid: number;
  readonly installation: Installation;
  readonly kernelRelease: string;
  readonly hasLoopControl: boolean;
  readonly hasLoopModule: boolean;
  /** Names in /proc/filesystems, and of modules that could be loaded. */
  readonly fileSystems: readonly string[];
  readonly helper: HelperFact;
  /** The launcher, the helper and its runtime, and the folders above them; empty but in a package. */
  readonly helperFiles: readonly FileFact[];
  readonly pkexec: FileFact | null;
  readonly polkitAnswers: boolean;
  readonly actionsInstalled: boolean;
  /** Attaching needs no password here and now. */
  readonly setupAllowed: boolean;
  /** Name of a program of this user that asks for passwords; null where none is known. */
  readonly agent: string | null;
  readonly hasTerminalAgent: boolean;
  readonly udevRuns: boolean;
  /** Keeps attached images apart from the disks of the machine. */
  readonly udevRule: string | null;
  /** Lets udisks2 see them all the same. */
  readonly udisksRule: string | null;
  readonly missingTools: readonly { readonly program: string; readonly package: string }[];
  readonly toolCount: number;
  /** Folders of the user that Platter writes to: whether it can. */
  readonly folders: readonly { readonly path: string; readonly isWritable: boolean }[];
  readonly session: { readonly wayland: boolean; readonly x11: boolean; readonly bus: boolean };
}
