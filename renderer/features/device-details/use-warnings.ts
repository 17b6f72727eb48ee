/** What is wrong with a device, from everything that this window knows; kept up to date for the component that shows it. */
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { MountTrouble, SameUuid } from '../../../electron/ipc/device-page.ts';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { keyOf } from '../../state/device-facts.ts';
import { findWarnings, type DeviceWarning } from '../../../electron/ipc/device-warnings.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';

export interface WarningInput {
  readonly device: LoopDevice;
  readonly file: BackingFileFacts | null;
  readonly contents: Contents;
  readonly sameUuid: readonly SameUuid[];
  readonly troubles: readonly MountTrouble[];
}

const none: readonly LoopDevice[] = [];

export function useWarnings({ device, file, contents, sameUuid, troubles }: WarningInput): readonly DeviceWarning[] {
  const context = usePlatter();
  const devices = useStoreState((state) => state.app?.devices) ?? none;
  const known = useStore(context.contents.store);
  const remembered = useUi((state) => state.remembered.get(keyOf(device)));
  return useMemo(() => {
    const contentsOf = (other: LoopDevice): Contents => known.get(keyOf(other))?.contents ?? [];
    return findWarnings({ device, devices, file, contents, contentsOf, sameUuid, troubles, remembered });
  }, [device, devices, file, contents, known, sameUuid, troubles, remembered]);
}
