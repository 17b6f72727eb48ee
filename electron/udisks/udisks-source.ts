/** The helpers of an AppImage: the one it brings along looks, udisks2 acts where it runs. Main process. */
import type { Helper, HelperSource } from '../helper-session.ts';
import { AppError } from '../ipc/errors.ts';
import { UdisksClient } from './udisks-client.ts';
import { Udisksctl } from './udisksctl.ts';

/** `startView` starts the view-only helper. */
export function createUdisksSource(startView: () => Promise<Helper>, udisks: Udisksctl = new Udisksctl()): HelperSource {
  return {
    isRoot: false,
    startView,
    startElevated: async () => {
      if (!(await udisks.answers())) throw new AppError('UDISKS_UNAVAILABLE');
      const viewer = await startView();
      return { client: new UdisksClient(viewer.client, udisks), stop: viewer.stop, through: 'udisks' };
    },
    // udisks2 asks for a password itself, for each action that wants one. Where it is missing the window says so from the start.
    mayElevateSilently: async () => true,
  };
}
