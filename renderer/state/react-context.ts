/** How components reach the stores and the actions. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { AppState } from '../../electron/ipc/state.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { Context } from './actions.ts';
import type { AppStoreState } from './app-store.ts';
import { keyOf, type DeviceKey } from './device-facts.ts';
import type { UiState } from './ui-store.ts';

export const PlatterContext = createContext<Context | null>(null);

export function usePlatter(): Context {
  const context = useContext(PlatterContext);
  if (context === null) throw new Error('no Platter context around this component');
  return context;
}

/** Re-renders only when what `select` returns changes. */
export function useStoreState<T>(select: (state: AppStoreState) => T): T {
  return useStore(usePlatter().appStore, select);
}

/** The same for main's state, once there is one. */
export function useApp<T>(select: (app: AppState) => T, before: T): T {
  return useStoreState((state) => (state.app === null ? before : select(state.app)));
}

export function useUi<T>(select: (state: UiState) => T): T {
  return useStore(usePlatter().ui, select);
}

export function useDevice(key: DeviceKey | null): LoopDevice | undefined {
  return useStoreState((state) => (key === null ? undefined : state.app?.devices.find((device) => keyOf(device) === key)));
}
