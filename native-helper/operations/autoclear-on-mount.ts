/**
 * Autoclear for a device that nobody holds yet: set by LOOP_CONFIGURE it would detach the device at our own close (LOOP.md §0.5), so the
 * wish is kept until the device is first mounted, and then given to the kernel. Runs as root, in the helper that attached.
 */
import { loopSetStatus64 } from '../linux/loop-device.ts';
import { withFlags, withTarget, type Target } from './device-access.ts';
import type { LiveDevices } from './live-devices.ts';
import { mountPointsOf } from './detach-plan.ts';

export interface AutoclearOnMount {
  /** Remembers a device. Forgotten when it is detached, mounted, or the helper ends. */
  readonly whenMounted: (target: Target) => void;
}

/** Starts listening to the live list. */
export function createAutoclearOnMount(live: LiveDevices): AutoclearOnMount {
  const wishes = new Map<number, bigint>();

  live.onRefreshed = (number, device) => {
    const diskseq = wishes.get(number);
    if (diskseq === undefined) return;
    if (device !== null && device.facts.diskseq === diskseq && mountPointsOf(device.wire).length === 0) return;
    wishes.delete(number);
    if (device === null || device.facts.diskseq !== diskseq) return;
    // No request waits for it. When it fails the device is gone already, or stays without autoclear: the list shows which.
    const show = (): void => void live.refresh(number);
    void setAutoclear({ number, diskseq }).then(show, show);
  };

  return {
    whenMounted: ({ number, diskseq }) => {
      wishes.set(number, diskseq);
    },
  };
}

async function setAutoclear(target: Target): Promise<void> {
  await withTarget(target, {}, async ({ fd, status }) => {
    await loopSetStatus64(fd, withFlags(status, { autoclear: true }));
  });
}
