/** platter nodes add, remove, find-free */
import { AppError } from '../../ipc/errors.ts';
import { printJson, say, type Context } from '../context.ts';
import { forEachSubject } from '../subjects.ts';
import { nodePath, parseNodeName } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { createTargets } from '../targets.ts';
import { withActingSession } from '../session.ts';
import { writeOutput } from '../terminal.ts';

/** Names the device and nothing else, for scripts and people alike. */
function printNode(number: number, context: Context): void {
  if (context.json) printJson({ number, node: nodePath(number) });
  else writeOutput(`${nodePath(number)}\n`);
}

/** `number` null: the kernel's next free one. */
export async function addNode(number: number | null, context: Context): Promise<ExitCode> {
  printNode(await withActingSession((session) => session.call('nodes/add', { device: number })), context);
  return exitCodes.done;
}

export async function findFreeNode(context: Context): Promise<ExitCode> {
  printNode(await withActingSession((session) => session.call('nodes/find-free', {})), context);
  return exitCodes.done;
}

export async function removeNodes(names: readonly string[], context: Context): Promise<ExitCode> {
  const targets = createTargets();
  const removed: object[] = [];
  const removeOne = async (name: string): Promise<ExitCode> => {
    const number = parseNodeName(name);
    if (number === null) throw new AppError('NO_SUCH_DEVICE');
    const session = await targets.session();
    await session.call('nodes/remove', { device: number });
    removed.push({ number, node: nodePath(number) });
    say(context, `${nodePath(number)}: removed`);
    return exitCodes.done;
  };
  try {
    const status = await forEachSubject(names, context, removeOne);
    if (context.json) printJson({ removed });
    return status;
  } finally {
    await targets.close();
  }
}
