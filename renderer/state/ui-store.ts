/** The window's own state: selection, search, open dialog, toasts, what is under way. Nothing in here outlives the window. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppErrorData } from '../../electron/ipc/errors.ts';
import type { ImageFile } from '../../electron/ipc/images.ts';
import type { CheckResult } from '../../electron/ipc/maintenance.ts';
import type { ResizeSubjectParams } from '../../electron/ipc/resize-methods.ts';
import type { Job } from '../../electron/ipc/state.ts';
import type { RememberedDevice } from '../../electron/ipc/device-warnings.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { DeviceKey } from './device-facts.ts';
import type { LibrarySort } from './library-view.ts';
import type { Filter, SortOrder } from './list-view.ts';

/** The one dialog that is open. */
export type DialogState =
  /** Runs of main that wait for whoever uses their devices. */
  | { readonly kind: 'busy'; readonly runs: readonly number[] }
  | { readonly kind: 'attach' | 'inspect' | 'convert' | 'export'; readonly image: ImageFile }
  /** With `copyOf` it begins as a copy of that file. */
  | { readonly kind: 'create'; readonly copyOf?: ImageFile }
  | { readonly kind: 'range' | 'reference' | 'kernel-view'; readonly key: DeviceKey }
  /** `name`: of the image file. */
  | { readonly kind: 'resize'; readonly subject: ResizeSubjectParams; readonly name: string }
  | {
      readonly kind: 'partition';
      readonly key: DeviceKey;
      readonly action: 'add' | 'resize';
      readonly partition: number;
      readonly startBytes: bigint;
      readonly sizeBytes: bigint;
      /** How far the partition could reach. */
      readonly roomBytes: bigint;
    }
  /** Ids of images of the library. */
  | { readonly kind: 'library-rename' | 'library-verify' | 'library-label'; readonly image: string }
  /** `found`: what a check found whose dialog had been closed; `place` is the one it looked at. */
  | { readonly kind: 'library-check'; readonly image: string; readonly found?: { readonly place: string; readonly result: CheckResult } }
  | { readonly kind: 'library-folders' }
  | { readonly kind: 'nodes' | 'preferences' | 'shortcuts' | 'palette' | 'about' | 'detach-mine' };

/** What a device is busy with because of this window. */
export type Pending = 'detaching' | 'changing' | 'growing' | 'mounting' | 'unmounting';

/** A device that left the list while it was selected. */
export interface GoneDevice {
  readonly device: LoopDevice;
  /** Offer of main to attach it again, null when there is none. */
  readonly undoId: number | null;
}

export interface Toast {
  readonly id: number;
  readonly tone: 'plain' | 'error';
  readonly text: string;
  readonly error: AppErrorData | null;
  /** `undoes`: it takes back what the toast tells of; so does Ctrl+Z. */
  readonly action: { readonly label: string; readonly run: () => void; readonly undoes?: true } | null;
  /** The device that it tells of and acts on; it goes when that does. */
  readonly device: DeviceKey | null;
  /** Milliseconds it stays; null: until closed. */
  readonly lifeMs: number | null;
}

/** A question for files that the folder dialog of the browser host answers. */
export interface ChooserRequest {
  readonly multiple: boolean;
  /** A folder is asked for, not files. */
  readonly folders?: boolean;
  readonly answer: (images: readonly ImageFile[]) => void;
}

export interface UiState {
  /** Which of the two lists is seen. */
  readonly view: 'devices' | 'library';
  readonly librarySelection: ReadonlySet<string>;
  readonly librarySearch: string;
  readonly librarySort: LibrarySort;
  readonly selection: ReadonlySet<DeviceKey>;
  readonly search: string;
  readonly filter: Filter;
  readonly sort: SortOrder;
  /** Null: as the preference says. */
  readonly showSystem: boolean | null;
  readonly dialog: DialogState | null;
  readonly chooser: ChooserRequest | null;
  readonly pending: ReadonlyMap<DeviceKey, Pending>;
  /** Devices that this window left to the kernel to detach when they are free. */
  readonly deferred: ReadonlySet<DeviceKey>;
  readonly gone: ReadonlyMap<DeviceKey, GoneDevice>;
  readonly remembered: ReadonlyMap<DeviceKey, RememberedDevice>;
  readonly toasts: readonly Toast[];
  readonly dismissedOffers: ReadonlySet<number>;
  /** What the polite live region says. */
  readonly announcement: string;
  /** Which pane is seen where only one fits. */
  readonly pane: 'list' | 'details';
  readonly jobsOpen: boolean;
  /** Jobs that ended while nobody looked at them, told as toasts. */
  readonly endedJobs: readonly Job[];
  readonly mainMenuOpen: boolean;
}
export type UiStore = StoreApi<UiState>;

export function createUiStore(): UiStore {
  return createStore<UiState>(() => ({
    view: 'devices',
    librarySelection: new Set(),
    librarySearch: '',
    librarySort: 'name',
    selection: new Set(),
    search: '',
    filter: 'all',
    sort: 'name',
    showSystem: null,
    dialog: null,
    chooser: null,
    pending: new Map(),
    deferred: new Set(),
    gone: new Map(),
    remembered: new Map(),
    toasts: [],
    dismissedOffers: new Set(),
    announcement: '',
    pane: 'list',
    jobsOpen: false,
    endedJobs: [],
    mainMenuOpen: false,
  }));
}

/** Marks devices as busy, or with `pending` null as idle again. */
export function setPending(store: UiStore, keys: readonly DeviceKey[], pending: Pending | null): void {
  store.setState((state) => {
    const next = new Map(state.pending);
    for (const key of keys) {
      if (pending === null) next.delete(key);
      else next.set(key, pending);
    }
    return { pending: next };
  });
}

let lastToast = 0;

/** Shows a toast and returns its id. Errors stay until closed. */
export function pushToast(store: UiStore, toast: Partial<Omit<Toast, 'id'>> & { readonly text: string }): number {
  lastToast += 1;
  const id = lastToast;
  const error = toast.error ?? null;
  const full: Toast = {
    id,
    tone: toast.tone ?? (error === null ? 'plain' : 'error'),
    text: toast.text,
    error,
    action: toast.action ?? null,
    device: toast.device ?? null,
    lifeMs: toast.lifeMs === undefined ? (error === null ? 6000 : null) : toast.lifeMs,
  };
  store.setState((state) => ({ toasts: [...state.toasts, full] }));
  return id;
}

export function dropToast(store: UiStore, id: number): void {
  store.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
}

export function openDialog(store: UiStore, dialog: DialogState): void {
  store.setState({ dialog, mainMenuOpen: false });
}

/** Closes this dialog; one that was opened since stays. */
export function closeDialog(store: UiStore, dialog: DialogState): void {
  store.setState((state) => (state.dialog === dialog ? { dialog: null } : state));
}
