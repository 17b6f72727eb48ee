/** The library in the page: fetched when somebody looks at it, and kept in step by its revision from then on. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RendererApi } from '../../electron/ipc/api.ts';
import type { LibraryChanges, LibraryImage } from '../../electron/ipc/library.ts';
import type { AppStore } from './app-store.ts';

export interface LibraryContents {
  /** Null until the first answer. */
  readonly revision: number | null;
  readonly images: ReadonlyMap<string, LibraryImage>;
}

export interface Library {
  readonly store: StoreApi<LibraryContents>;
  /** Somebody looks at the library; the returned function says that he no longer does. */
  readonly watch: () => () => void;
  /** These rows are seen and their contents are not known. */
  readonly look: (images: readonly string[]) => void;
}

/** Rows come into sight one by one; they are asked for together. */
const ASKED_AT_ONCE = 128;

export function createLibrary(api: Pick<RendererApi, 'libraryList' | 'libraryLook'>, appStore: AppStore): Library {
  const store = createStore<LibraryContents>(() => ({ revision: null, images: new Map() }));
  let watchers = 0;
  let fetching = false;
  let wanted = new Set<string>();
  let stop: () => void = () => undefined;

  const fetch = async (): Promise<void> => {
    if (fetching) return;
    fetching = true;
    try {
      while (watchers > 0 && isBehind()) {
        const reply = await api.libraryList({ since: store.getState().revision ?? 0 });
        if (!reply.ok) return;
        store.setState(applyChanges(store.getState(), reply.value), true);
        // An answer older than the state it was asked for: the next change of the state asks again.
        if (isBehind() && reply.value.changed.length + reply.value.removed.length === 0 && !reply.value.whole) return;
      }
    } catch {
      // The line broke; the state that comes with the next one asks again.
    } finally {
      fetching = false;
    }
  };
  const isBehind = (): boolean => {
    const { revision } = store.getState();
    return revision === null || revision < (appStore.getState().app?.library.revision ?? 0);
  };
  return {
    store,
    watch: () => {
      watchers += 1;
      if (watchers === 1) {
        stop = appStore.subscribe((state, before) => {
          const reconnected = state.connection === 'open' && before.connection !== 'open';
          // Behind a new line may be a program that was started anew, whose ids are others: everything is asked for.
          if (reconnected) store.setState({ ...store.getState(), revision: null }, true);
          if (reconnected || state.app?.library !== before.app?.library) void fetch();
        });
        void fetch();
      }
      return () => {
        watchers -= 1;
        if (watchers === 0) stop();
      };
    },
    look: (images) => {
      if (wanted.size === 0) {
        queueMicrotask(() => {
          const ids = [...wanted].slice(-ASKED_AT_ONCE);
          wanted = new Set();
          void api.libraryLook({ images: ids }).catch(() => undefined);
        });
      }
      for (const image of images) wanted.add(image);
    },
  };
}

export function applyChanges(before: LibraryContents, { revision, changed, removed, whole }: LibraryChanges): LibraryContents {
  const images = new Map(whole ? [] : before.images);
  for (const id of removed) images.delete(id);
  for (const image of changed) images.set(image.id, image);
  return { revision, images };
}
