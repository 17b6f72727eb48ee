/** What the page of a device asks for while it is seen. Main process. */
import type { RendererHandlers } from '../calls.ts';
import { readAccountName } from '../devices/account-name.ts';
import { readActivity, readTraffic } from '../devices/activity.ts';
import { readQueue } from '../devices/queue.ts';
import { findSameUuids } from '../devices/same-uuid.ts';
import { MountedStateReader } from '../devices/mounted-state.ts';
import { AppError } from '../ipc/errors.ts';
import type { devicePageMethods } from '../ipc/device-page.ts';
import { findUnfinished } from '../resize/unfinished.ts';
import { expectDevice, type ActionContext } from './context.ts';

export function createDevicePageHandlers({ store }: Pick<ActionContext, 'store'>): Pick<RendererHandlers, keyof typeof devicePageMethods> {
  const reader = new MountedStateReader();
  return {
    'devices/activity': async (target) => {
      const { number } = expectDevice(store, target);
      const activity = readActivity(number);
      if (activity === null) throw new AppError('NOT_ATTACHED');
      return Promise.resolve(activity);
    },
    'devices/traffic': async () => readTraffic(),
    'devices/surroundings': async ({ uuids, ...target }) => {
      const device = expectDevice(store, target);
      const [queue, mounted, attachedBy, sameUuid, unfinishedResize] = await Promise.all([
        readQueue(device.number),
        reader.read(device),
        device.attachment === null ? null : readAccountName(device.attachment.uid),
        findSameUuids(device, uuids),
        findUnfinished(device),
      ]);
      return { queue, mounted, attachedBy, sameUuid, unfinishedResize };
    },
  };
}
