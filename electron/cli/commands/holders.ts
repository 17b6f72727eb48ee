/** platter holders DEVICE|FILE: who uses a device, as a tree. Looks without rights; with --names through the helper. */
import type { HolderList } from '../../../native-helper/protocol/holders.ts';
import { AppError } from '../../ipc/errors.ts';
import { isFree } from '../../ipc/holder-facts.ts';
import { printJson, type Context } from '../context.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { holderText } from '../holder-lines.ts';
import { readDevices, readHolders } from '../in-process-reader.ts';
import { isRoot } from '../session.ts';
import { pickDevice } from '../subjects.ts';
import { createTargets } from '../targets.ts';
import { writeOutput } from '../terminal.ts';

export interface HoldersOptions {
  /** Other users' programs too: the system may ask for a password. */
  readonly names: boolean;
}

export async function holders(name: string, { names }: HoldersOptions, context: Context): Promise<ExitCode> {
  const { number, list } = names && !isRoot() ? await askHelper(name) : await lookMyself(name);
  if (context.json) printJson({ node: nodePath(number), free: isFree(list), ...list });
  else writeOutput(holderText(list, context, { mayAskForNames: !names && !isRoot() }));
  return exitCodes.done;
}

interface Found {
  readonly number: number;
  readonly list: HolderList;
}

async function lookMyself(name: string): Promise<Found> {
  const { number } = pickDevice(name, readDevices());
  const list = await readHolders(number);
  if (list === null) throw new AppError('NOT_ATTACHED');
  return { number, list };
}

async function askHelper(name: string): Promise<Found> {
  const targets = createTargets();
  try {
    const { session, device } = await targets.find(name, pickDevice);
    const list = await session.call('holders/list', { device: device.number, diskseq: device.diskseq, others: 'name' });
    return { number: device.number, list };
  } finally {
    await targets.close();
  }
}
