/** Why nothing can be done to a device now, followed live: what main says and what is under way in this window. */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { usePlatter, useStoreState, useUi } from '../../state/react-context.ts';
import type { Excuse } from '../../state/excuses.ts';
import { deviceExcuse } from './device-entries.ts';

export function useDeviceExcuse(device: LoopDevice): Excuse | null {
  const context = usePlatter();
  useStoreState((state) => state.app?.jobs);
  useStoreState((state) => state.app?.actions);
  useStoreState((state) => state.app?.list);
  useStoreState((state) => state.connection);
  useUi((state) => state.pending);
  return deviceExcuse(context, device);
}
