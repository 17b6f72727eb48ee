/** platter detach DEVICE|FILE… */
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { printJson, say, type Context } from '../context.ts';
import { forEachSubject, pickDevice } from '../subjects.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { createTargets } from '../targets.ts';
import { whileWaiting } from '../activity.ts';

export interface DetachOptions {
  readonly whenFree: boolean;
  /** Takes back a detach that waits. */
  readonly cancel: boolean;
}

export async function detach(names: readonly string[], options: DetachOptions, context: Context): Promise<ExitCode> {
  const results: object[] = [];
  const targets = createTargets();
  const detachOne = async (name: string): Promise<ExitCode> => {
    const { session, device } = await targets.find(name, pickDevice);
    const target = { device: device.number, diskseq: device.diskseq };
    const node = nodePath(device.number);
    if (options.cancel) {
      await session.call('devices/cancel-detach', target);
      say(context, `${node}: stays attached`);
      results.push({ node, state: 'attached' });
      return exitCodes.done;
    }
    const work = session.call('devices/detach', { ...target, whenFree: options.whenFree });
    const { state } = await whileWaiting(`Detaching ${node}`, context, work);
    say(context, sentence(device, state));
    results.push({ node, state });
    return state === 'deferred' ? exitCodes.busy : exitCodes.done;
  };
  try {
    const status = await forEachSubject(names, context, detachOne);
    if (context.json) printJson({ results });
    return status;
  } finally {
    await targets.close();
  }
}

function sentence(device: LoopDevice, state: 'detached' | 'deferred'): string {
  const node = nodePath(device.number);
  return state === 'detached' ? `${node}: detached` : `${node}: in use; it detaches when it is free (platter detach --cancel ${node})`;
}
