/** The store with what main says. Nothing in here is the window's own opinion; that is ui-store.ts. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RendererApi } from '../../electron/ipc/api.ts';
import type { AppState, StateChange } from '../../electron/ipc/state.ts';
import { applyChange } from './apply-change.ts';

/** Whether the page can talk to the program at all. Electron's page always can. */
export type Connection = 'connecting' | 'open' | 'lost';

export interface AppStoreState {
  /** Null before the first snapshot. */
  readonly app: AppState | null;
  readonly connection: Connection;
}
export type AppStore = StoreApi<AppStoreState>;

/** The API together with the state of its line; `onConnection` is absent where the line cannot break. */
export interface ApiLine {
  readonly api: RendererApi;
  readonly onConnection?: (listener: (connection: Connection) => void) => () => void;
}

export function createAppStore(): AppStore {
  return createStore<AppStoreState>(() => ({ app: null, connection: 'connecting' }));
}

/**
 * Keeps the store in step with main: subscribe first, fetch second, newest revision wins. A gap in the revisions, or a
 * line that came back, fetches everything anew. Returns the function that ends it.
 */
export function followState(line: ApiLine, store: AppStore): () => void {
  let waiting: StateChange[] | null = [];
  let ended = false;
  let fetches = 0;

  const fetchAll = async (): Promise<void> => {
    fetches += 1;
    const mine = fetches;
    waiting = [];
    const reply = await line.api.stateGet({});
    // A later fetch has taken over, or the line broke meanwhile: that one will set the state.
    if (ended || mine !== fetches || !reply.ok) return;
    const missed = waiting;
    waiting = null;
    store.setState({ app: reply.value });
    for (const change of missed) accept(change);
  };

  const accept = (change: StateChange): void => {
    if (waiting !== null) {
      waiting.push(change);
      return;
    }
    const { app } = store.getState();
    if (app === null) return;
    const result = applyChange(app, change);
    if (result.kind === 'applied') store.setState({ app: result.state });
    if (result.kind === 'gap') void fetchAll().catch(() => store.setState({ connection: 'lost' }));
  };

  const stopChanges = line.api.onStateChange(accept);
  const stopConnection = line.onConnection?.((connection) => {
    store.setState({ connection });
    if (connection === 'open') void fetchAll().catch(() => store.setState({ connection: 'lost' }));
  });
  if (line.onConnection === undefined) {
    store.setState({ connection: 'open' });
    void fetchAll().catch(() => store.setState({ connection: 'lost' }));
  }
  return () => {
    ended = true;
    stopChanges();
    stopConnection?.();
  };
}
